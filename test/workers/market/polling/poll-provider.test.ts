import { describe, expect, it } from "vitest";
import { AppError } from "../../../../shared/platform/errors.ts";
import { pollProvider } from "../../../../workers/market/polling/poll-provider.ts";
import { recordLog } from "../../../support/opensea/log.ts";

const SLUGS = ["a", "b", "c"];
const wait = (seconds: number) => ({ headers: { "retry-after": String(seconds) } });

async function aRound(failures: Record<string, unknown>) {
  const polled: string[] = [];
  const { log, lines } = recordLog();
  const answer = await pollProvider(
    {
      log,
      async pollOne(slug) {
        polled.push(slug);
        if (slug in failures) throw failures[slug];
      },
    },
    SLUGS,
  );
  return { answer, polled, levels: lines.map(({ level, collection }) => `${level} ${collection}`) };
}

describe("pollProvider", () => {
  it("asks for no repetition where all goes well", async () => {
    expect(await aRound({})).toEqual({ answer: {}, polled: SLUGS, levels: [] });
  });

  it("does not let one failing collection stop the others", async () => {
    const round = await aRound({ a: new AppError("provider_failed", "500"), b: new TypeError("a bug") });
    expect(round).toEqual({
      answer: { retry_after_ms: 15_000 },
      polled: SLUGS,
      levels: ["warn a", "warn b"],
    });
  });

  it("logs and acknowledges what trying again cannot mend", async () => {
    const round = await aRound({ b: new AppError("not_found", "no such collection") });
    expect(round).toEqual({ answer: {}, polled: SLUGS, levels: ["error b"] });
  });

  it.each([["rate_limited"], ["unavailable"]] as const)(
    "asks nobody else once the gate says %s, and comes back when told",
    async (code) => {
      const round = await aRound({ a: new AppError(code, "later", wait(20)) });
      expect(round).toMatchObject({ answer: { retry_after_ms: 20_000 }, polled: ["a"] });
    },
  );

  it("leaves it to the next tick where that comes sooner", async () => {
    expect((await aRound({ a: new AppError("unavailable", "open", wait(300)) })).answer).toEqual({});
  });
});
