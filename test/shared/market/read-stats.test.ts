import { describe, expect, it } from "vitest";
import type { FlushEvent } from "../../../shared/market/flush-batch.ts";
import { readStats } from "../../../shared/market/read-stats.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent, flushEvents } from "../../support/flush.ts";

describeOnEachBackend("figures of a span", (backend) => {
  const span = {
    range: null,
    from: Date.parse("2026-01-01T00:00:00Z"),
    to: Date.parse("2026-01-02T00:00:00Z"),
  };

  describe("name the floor at their end", () => {
    const hour = (hours: number) => new Date(span.from + hours * 3_600_000).toISOString();
    const floorAfter = async (hours: number) => {
      const stats = await readStats(
        backend.db,
        "punks",
        { ...span, to: Date.parse(hour(hours)) },
        span.to,
        9,
      );
      return stats.floor;
    };
    /** A floor of 5 from 09:00 on, and what is told after it. */
    const tell = async (late: FlushEvent) => {
      const listing = { kind: "listing", price: "5", occurred_at: hour(9) };
      const first = { cause: "new_listing" as const, floor: aFloor({ price: "5", listed_at: hour(9) }) };
      await storeEvents(
        backend.db,
        aBatch([await aFlushEvent(1, listing, { floor: first }), late], { state: { updated_at: hour(13) } }),
      );
    };

    it("not as a listing that was made after it, where a late sale uncovers that", async () => {
      const floor = aFloor({ price: "6", listed_at: hour(11) });
      await tell(await aFlushEvent(2, { occurred_at: hour(10) }, { floor: { cause: "sale", floor } }));
      expect(await Promise.all([9.5, 10.5, 11.5].map(floorAfter))).toEqual(["5", null, "6"]);
    });

    it("as a listing that stood by then, however late it was told", async () => {
      const floor = aFloor({ price: "4", listed_at: hour(10) });
      const listing = { kind: "listing", price: "4", occurred_at: hour(10) };
      await tell(await aFlushEvent(2, listing, { floor: { cause: "new_listing", floor } }));
      expect(await Promise.all([9.5, 10.5, 11.5].map(floorAfter))).toEqual(["5", "4", "4"]);
    });
  });

  it("leave the median unknown where it would take too many sales to sort, and tell how many there are", async () => {
    await storeEvents(
      backend.db,
      aBatch(await flushEvents([{ price: "1" }, { price: "2" }, { price: "9" }])),
    );
    const known = await readStats(backend.db, "punks", span, span.to, 3);
    expect(known.median_price).toBe("2");
    const tooMany = await readStats(backend.db, "punks", span, span.to, 2);
    expect(tooMany).toMatchObject({
      median_price: null,
      average_price: "4",
      figures: { median_price: { known_sales: 3 } },
    });
  });
});
