import { describe, expect, it } from "vitest";
import type { MarketEventInput } from "../../../../shared/contracts/market.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import type { Cursor, PollResult } from "../../../../shared/providers/provider.ts";
import { pollCollection } from "../../../../workers/market/polling/poll-collection.ts";
import { anEvent } from "../../../support/events.ts";
import { recordLog } from "../../../support/opensea/log.ts";

const page = (n: number, more: boolean, ...times: string[]): PollResult => ({
  events: times.map((occurred_at) => anEvent({ occurred_at: `2026-01-01T00:${occurred_at}Z` })),
  cursor: { n },
  more,
});

/** A poll of scripted pages; what happens is written down in order. */
function aPoll(script: (() => PollResult)[], found: Cursor | null = { n: 0 }) {
  const happened: string[] = [];
  const ingested: MarketEventInput[] = [];
  const clock = { now: 0 };
  const { log, lines } = recordLog();
  const room = { failing: false, moved: false };
  const run = () =>
    pollCollection(
      {
        provider: {
          name: "scripted",
          async poll(_slug, since) {
            happened.push(`poll ${JSON.stringify(since)}`);
            const next = script.shift();
            if (next === undefined) throw new Error("no page left");
            return next();
          },
        },
        now: () => clock.now,
        log,
        cursors: {
          load: async () => found,
          async store(_slug, from, to) {
            happened.push(`store ${JSON.stringify(from)} -> ${JSON.stringify(to)}`);
            return !room.moved;
          },
        },
        async ingest(_slug, events) {
          if (room.failing) throw new Error("the room is away");
          happened.push(`ingest ${events.length}`);
          ingested.push(...events);
          return { accepted: events.length, duplicate: 0, rejected: 0 };
        },
      },
      "punks",
    );
  return { run, happened, ingested, clock, lines, room };
}

describe("pollCollection", () => {
  it("puts the events into the room first, in order of time, and stores the cursor then", async () => {
    const { run, happened, ingested } = aPoll([
      () => page(1, true, "03:00", "04:00"),
      () => page(2, false, "01:00", "02:00"),
    ]);
    await run();
    expect(happened).toEqual(['poll {"n":0}', 'poll {"n":1}', "ingest 4", 'store {"n":0} -> {"n":2}']);
    expect(ingested.map(({ occurred_at }) => occurred_at.slice(14, 19))).toEqual([
      "01:00",
      "02:00",
      "03:00",
      "04:00",
    ]);
  });

  it("leaves the cursor where it was when the room does not take the events", async () => {
    const { run, happened, room } = aPoll([() => page(1, false, "01:00")]);
    room.failing = true;
    await expect(run()).rejects.toThrow("the room is away");
    expect(happened).toEqual(['poll {"n":0}']);
  });

  it("keeps the pages before a failing one, and throws what failed", async () => {
    const refusal = new AppError("rate_limited", "quota");
    const { run, happened } = aPoll([
      () => page(1, true, "01:00"),
      () => {
        throw refusal;
      },
    ]);
    await expect(run()).rejects.toBe(refusal);
    expect(happened.slice(-2)).toEqual(["ingest 1", 'store {"n":0} -> {"n":1}']);
  });

  it("stores nothing where the first page fails", async () => {
    const { run, happened } = aPoll([]);
    await expect(run()).rejects.toThrow("no page left");
    expect(happened.filter((what) => what.startsWith("store"))).toEqual([]);
  });

  it("reads ten pages at most, and goes on from there the next time", async () => {
    const pages = Array.from({ length: 20 }, (_, index) => () => page(index + 1, true, "01:00"));
    const { run, happened } = aPoll(pages);
    await run();
    expect(happened.at(-1)).toBe('store {"n":0} -> {"n":10}');
  });

  it("stops after a minute", async () => {
    const { run, happened, clock } = aPoll([
      () => {
        clock.now += 61_000;
        return page(1, true, "01:00");
      },
      () => page(2, true, "01:00"),
    ]);
    await run();
    expect(happened.at(-1)).toBe('store {"n":0} -> {"n":1}');
  });

  it("bears another poll that moved the cursor meanwhile", async () => {
    const { run, lines, room } = aPoll([() => page(1, false, "01:00")]);
    room.moved = true;
    expect(await run()).toMatchObject({ accepted: 1 });
    expect(lines).toMatchObject([{ message: "another poll moved the cursor" }]);
  });
});
