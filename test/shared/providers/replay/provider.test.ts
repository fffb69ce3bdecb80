import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplayMapping } from "../../../../shared/providers/replay/mapping.ts";
import {
  createReplayProvider,
  type RowSource,
  type SourceRow,
} from "../../../../shared/providers/replay/provider.ts";

const MAPPING = ReplayMapping.parse({
  collection: "punks",
  columns: { occurred_at: "at", token_id: "token", price: "price", tx_hash: "tx" },
});
const NOW = Date.parse("2026-03-14T12:00:00Z");

interface Recorder extends RowSource {
  opened: number;
  closed: number;
}

function sourceOf(rows: (Record<string, string> | string)[]): Recorder {
  const source: Recorder = {
    opened: 0,
    closed: 0,
    async *rows(): AsyncGenerator<SourceRow> {
      source.opened += 1;
      try {
        for (const [index, row] of rows.entries()) {
          const place = { line: index + 2, bytes: (index + 1) * 10 };
          yield typeof row === "string" ? { ...place, problem: row } : { ...place, values: row };
        }
      } finally {
        source.closed += 1;
      }
    },
  };
  return source;
}

/** A sale a minute; two in three share their transaction and token with another. */
const rows = Array.from({ length: 60 }, (_, index) => ({
  at: new Date(NOW + index * 60_000).toISOString(),
  token: String(index % 3),
  price: "1",
  tx: `0x${Math.floor(index / 6)}`,
}));

function replay(source: RowSource, rest: { batch?: number; from?: string; to?: string } = {}) {
  return createReplayProvider({ source, mapping: MAPPING, now: () => NOW, ...rest });
}

async function keysOf(provider: ReturnType<typeof replay>): Promise<string[]> {
  const keys: string[] = [];
  let cursor: Record<string, unknown> | null = null;
  for (let more = true; more; ) {
    const polled = await provider.poll("punks", cursor);
    keys.push(...polled.events.map((event) => event.event_key));
    ({ cursor, more } = polled);
  }
  return keys;
}

describe("a history as a provider", () => {
  it("gives each row a key of its own, the same at every replay, with any batch and after any restart", async () => {
    const whole = await keysOf(replay(sourceOf(rows)));
    expect(whole).toHaveLength(60);
    expect(new Set(whole).size).toBe(60);
    expect(whole.slice(0, 4)).toEqual(["tx:0x0:0", "tx:0x0:1", "tx:0x0:2", "tx:0x0:0#2"]);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 61 }),
        async (batch, restarts) => {
          const source = sourceOf(rows);
          let provider = replay(source, { batch });
          const keys: string[] = [];
          let cursor: Record<string, unknown> | null = null;
          let more = true;
          for (const restart of restarts) {
            if (!more) break;
            if (restart) provider = replay(source, { batch });
            const polled = await provider.poll("punks", cursor);
            keys.push(...polled.events.map((event) => event.event_key));
            ({ cursor, more } = polled);
          }
          while (more) {
            const polled = await provider.poll("punks", cursor);
            keys.push(...polled.events.map((event) => event.event_key));
            ({ cursor, more } = polled);
          }
          expect(keys).toEqual(whole);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("keeps the keys when only a part is replayed", async () => {
    const whole = await keysOf(replay(sourceOf(rows)));
    const part = replay(sourceOf(rows), { from: rows[10]?.at, to: rows[40]?.at });
    expect(await keysOf(part)).toEqual(whole.slice(10, 40));
  });

  it("tells the same again when asked again, and reads the file once when read on", async () => {
    const source = sourceOf(rows);
    const provider = replay(source, { batch: 20 });
    const first = await provider.poll("punks", null);
    const second = await provider.poll("punks", first.cursor);
    expect(source.opened).toBe(1);
    expect(second).toMatchObject({ rows: 40, bytes: 400, cursor: { row: 40 }, more: true });
    expect(second.lines).toEqual(Array.from({ length: 20 }, (_, index) => index + 22));
    expect(await provider.poll("punks", first.cursor)).toEqual(second);
    expect(source.opened).toBe(2);
    await provider.close();
    expect(source.closed).toBe(2);
  });

  it("reports what cannot be read by line, and goes on", async () => {
    const [good] = rows;
    if (good === undefined) throw new Error("no rows");
    const provider = replay(
      sourceOf([good, "has 2 cells where the header has 4", { ...good, price: "free" }, good]),
    );
    const polled = await provider.poll("punks", null);
    expect(polled.events.map((event) => event.event_key)).toEqual(["tx:0x0:0", "tx:0x0:0#3"]);
    expect(polled.lines).toEqual([2, 5]);
    expect(polled.rejected).toEqual([
      { line: 3, errors: [{ pointer: "", message: "has 2 cells where the header has 4" }] },
      { line: 4, errors: [{ pointer: "/price", message: '"free" is not an amount such as 1.5' }] },
    ]);
    expect(polled.more).toBe(false);
  });

  it("does not complain of rows outside the span", async () => {
    const bad = { at: "2020-01-01", token: "1", price: "free", tx: "0x1" };
    const polled = await replay(sourceOf([bad]), { from: "2021-01-01T00:00:00.000Z" }).poll("punks", null);
    expect(polled.rejected).toEqual([]);
  });

  it("says so when the history breaks off, and can be polled again", async () => {
    let broken = true;
    const provider = replay({
      async *rows() {
        yield { line: 2, bytes: 10, values: rows[0] ?? {} };
        if (broken) throw new Error("disk gone");
      },
    });
    await expect(provider.poll("punks", null)).rejects.toMatchObject({
      code: "provider_failed",
      message: expect.stringContaining("disk gone"),
    });
    broken = false;
    expect((await provider.poll("punks", null)).events).toHaveLength(1);
  });

  it("knows one collection, and no figures that the history does not state", async () => {
    const provider = replay(sourceOf(rows));
    expect(provider).toMatchObject({ name: "replay", simulated: false });
    expect(await provider.collection("punks")).toMatchObject({
      slug: "punks",
      currency: "ETH",
      supply: null,
    });
    expect(await provider.stats("punks")).toMatchObject({ floor: null, total_sales: null });
    for (const ask of [provider.poll("cats", null), provider.collection("cats"), provider.stats("cats")])
      await expect(ask).rejects.toMatchObject({ code: "not_found" });
  });
});
