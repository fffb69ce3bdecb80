import { expect, it } from "vitest";
import { readStats } from "../../../shared/market/read-stats.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, flushEvents } from "../../support/flush.ts";

describeOnEachBackend("figures of a span", (backend) => {
  const span = {
    range: null,
    from: Date.parse("2026-01-01T00:00:00Z"),
    to: Date.parse("2026-01-02T00:00:00Z"),
  };

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
