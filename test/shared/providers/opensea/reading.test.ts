import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../../../shared/platform/errors.ts";
import { OpenSeaCursor } from "../../../../shared/providers/opensea/cursor.ts";
import { createOpenSeaProvider } from "../../../../shared/providers/opensea/provider.ts";
import type { Cursor } from "../../../../shared/providers/provider.ts";
import { restSale, SLUG } from "../../../support/opensea/build.ts";
import { type HeldEvent, pageEvents, readEventsQuery } from "../../../support/opensea/events-api.ts";
import { recordLog } from "../../../support/opensea/log.ts";

const START = 1_788_949_800;
const OVERLAP = 300;

/** A market of sales in few seconds (so that seconds are crowded), each shown up to an overlap late. */
const Sales = fc.array(
  fc.record({ at: fc.integer({ min: 0, max: 40 }), late: fc.integer({ min: 0, max: OVERLAP }) }),
  { minLength: 0, maxLength: 60 },
);

const Story = fc.record({
  sales: Sales,
  sizes: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 8 }),
  /** Seconds that pass before each poll. */
  pauses: fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 5, maxLength: 25 }),
  /** Whether the cursor of a poll is lost, as when the process dies before it is stored. */
  losses: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
  /** Whether a request that follows OpenSea's cursor fails. */
  failures: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  inclusive: fc.boolean(),
});

describe("reading with a stored cursor", () => {
  it("skips no event and gives each one key only, whatever pages, restarts and late arrivals do", async () => {
    await fc.assert(
      fc.asyncProperty(Story, async (story) => {
        let now = START;
        let requests = 0;
        let stuck = 0;
        const held: HeldEvent[] = story.sales.map(({ at, late }, index) => {
          const second = START + 10 + at;
          return { at: second, shown_at: second + late, body: restSale(index + 1, second) };
        });
        const provider = createOpenSeaProvider({
          endpoint: { api_url: "http://opensea.test", api_key: "key" },
          now: () => now * 1000,
          log: recordLog().log,
          rules: { overlap_seconds: OVERLAP },
          call: async (request, read) => {
            const url = new URL(request.url);
            if (url.pathname.includes("/listings/")) return read('{"listings":[]}');
            requests += 1;
            const query = readEventsQuery(url);
            // A cursor fails twice at one place at most: the third time the place is passed over, and said so.
            if (query.next !== null && story.failures[requests % story.failures.length] && stuck < 2) {
              stuck += 1;
              throw new AppError("provider_failed", "500");
            }
            if (query.next !== null) stuck = 0;
            const limit = story.sizes[requests % story.sizes.length] ?? 1;
            return read(JSON.stringify(pageEvents(held, { ...query, limit }, now, story.inclusive)));
          },
        });

        const room = new Set<string>();
        let stored: Cursor | null = null;
        const pollOnce = async (keep: boolean) => {
          let cursor = stored;
          for (let page = 0; page < 10; page += 1) {
            const result = await provider.poll(SLUG, cursor);
            for (const event of result.events) room.add(event.event_key);
            cursor = JSON.parse(JSON.stringify(result.cursor)) as Cursor;
            if (!result.more) break;
          }
          if (keep) stored = cursor;
        };
        for (const [index, pause] of story.pauses.entries()) {
          now += pause;
          await pollOnce(story.losses[index % story.losses.length] === false);
        }
        // All is shown by now: the window that is open is read to its end, and exactly one behind it.
        now = Math.max(now, START + 60 + OVERLAP) + 1;
        const end = now;
        const isDone = () => (OpenSeaCursor.safeParse(stored).data?.read_until ?? 0) >= end;
        for (let round = 0; round < 100 && !isDone(); round += 1) await pollOnce(true);
        expect(isDone()).toBe(true);
        expect(room.size).toBe(held.length);
      }),
      { numRuns: 300 },
    );
  });
});
