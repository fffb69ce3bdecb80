import { describe, expect, it } from "vitest";
import { PollProviderJob } from "../../../../shared/contracts/jobs.ts";
import { enabledProviders } from "../../../../shared/providers/registry.ts";
import { planPolls } from "../../../../workers/market/polling/plan-polls.ts";

const OFF = {
  OPENSEA_API_KEY: undefined,
  OPENSEA_COLLECTIONS: [] as string[],
  DEMO_MARKET: "off" as const,
  DEMO_SEED: 1,
};

describe("enabledProviders", () => {
  it("turns nothing on without settings", () => {
    expect(enabledProviders(OFF)).toEqual([]);
  });

  it("turns OpenSea on where there are a key and collections", () => {
    const config = { ...OFF, OPENSEA_API_KEY: "0123456789", OPENSEA_COLLECTIONS: ["a"] };
    expect(enabledProviders(config)).toEqual([
      { name: "opensea", collections: ["a"], polled: true, fed: true },
    ]);
    expect(enabledProviders({ ...config, OPENSEA_COLLECTIONS: [] })).toEqual([]);
  });

  it("leaves the events of the simulated market to its feed", () => {
    const [simulated] = enabledProviders({ ...OFF, DEMO_MARKET: "on" });
    expect(simulated).toMatchObject({ name: "simulated", polled: false, fed: true });
    expect(simulated?.collections.length).toBeGreaterThan(0);
  });
});

describe("planPolls", () => {
  it("makes one sound job for each provider and ten collections", () => {
    const collections = Array.from({ length: 23 }, (_, index) => `collection-${index}`);
    const jobs = planPolls(
      [
        { name: "opensea", collections, polled: true, fed: true },
        { name: "simulated", collections: ["a"], polled: false, fed: true },
        { name: "idle", collections: [], polled: true, fed: false },
      ],
      0,
    );
    expect(jobs.map(({ provider, collections: group }) => [provider, group.length])).toEqual([
      ["opensea", 10],
      ["opensea", 10],
      ["opensea", 3],
      ["simulated", 1],
    ]);
    expect(jobs.flatMap((job) => job.collections)).toEqual([...collections, "a"]);
    for (const job of jobs) expect(PollProviderJob.parse(job)).toEqual(job);
  });

  it("gives each collection its turn to be first", () => {
    const collections = Array.from({ length: 23 }, (_, index) => `collection-${index}`);
    const provider = { name: "opensea", collections, polled: true, fed: true };
    const firsts = [0, 1, 2].map((turn) => planPolls([provider], turn)[0]?.collections);
    expect(firsts.flat().slice(0, 20)).toEqual(collections.slice(0, 20));
    expect(firsts[2]?.slice(0, 4)).toEqual([
      "collection-20",
      "collection-21",
      "collection-22",
      "collection-0",
    ]);
    for (const turn of [0, 1, 2, 28_000_000])
      expect(
        planPolls([provider], turn)
          .flatMap((job) => job.collections)
          .sort(),
      ).toEqual([...collections].sort());
  });
});
