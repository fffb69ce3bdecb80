import { expect, it } from "vitest";
import { CandlePage, CollectionDetail } from "../../../../shared/contracts/collections.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, flushEvents } from "../../../support/flush.ts";
import { readingApp } from "../../../support/reading.ts";

const NOW = Date.parse("2026-01-10T12:07:30Z");

describeOnEachBackend("GET /collections/{slug}/candles", (backend) => {
  const app = () => readingApp(backend.db, () => NOW);
  const read = (query: string) => app().get(`/collections/punks/candles${query}`, CandlePage);
  const tell = async (...sales: [at: string, price: string | null, more?: object][]) => {
    const events = await flushEvents(
      sales.map(([occurred_at, price, more]) => ({ occurred_at, price, currency: price && "ETH", ...more })),
    );
    await storeEvents(backend.db, aBatch(events, { currency: "ETH" }));
  };
  /** Start, open, high, low, close and volume of each candle. */
  const shapes = async (query: string) =>
    (await read(query)).data.map(({ start, open, high, low, close, volume }) => [
      start.slice(0, 16),
      open,
      high,
      low,
      close,
      volume,
    ]);

  it("opens with the first sale, closes with the last, and adds up the totals", async () => {
    await tell(
      ["2026-01-10T10:01:00Z", "2"],
      ["2026-01-10T10:59:59Z", "1.50"],
      ["2026-01-10T10:30:00Z", "6", { price_basis: "total", quantity: "2", currency: "WETH" }],
      ["2026-01-10T11:00:00Z", "9"],
    );
    expect(await read("?interval=1h")).toEqual({
      collection: "punks",
      interval: "1h",
      currency: "ETH",
      simulated: false,
      sources: ["push"],
      as_of: "2026-01-10T11:00:00.000Z",
      data: [
        {
          start: "2026-01-10T10:00:00.000Z",
          end: "2026-01-10T11:00:00.000Z",
          open: "2",
          high: "3",
          low: "1.5",
          close: "1.5",
          volume: "9.5",
          sales: 3,
          priced_sales: 3,
          partial: false,
          filled: false,
        },
        {
          start: "2026-01-10T11:00:00.000Z",
          end: "2026-01-10T12:00:00.000Z",
          open: "9",
          high: "9",
          low: "9",
          close: "9",
          volume: "9",
          sales: 1,
          priced_sales: 1,
          partial: false,
          filled: false,
        },
      ],
      next_cursor: null,
    });
  });

  it.each([
    [
      "1m",
      [
        ["2026-01-10T10:01", "1"],
        ["2026-01-10T10:04", "2"],
        ["2026-01-10T10:05", "3"],
        ["2026-01-10T10:59", "4"],
      ],
    ],
    [
      "5m",
      [
        ["2026-01-10T10:00", "3"],
        ["2026-01-10T10:05", "3"],
        ["2026-01-10T10:55", "4"],
      ],
    ],
    [
      "15m",
      [
        ["2026-01-10T10:00", "6"],
        ["2026-01-10T10:45", "4"],
      ],
    ],
    ["1h", [["2026-01-10T10:00", "10"]]],
    ["4h", [["2026-01-10T08:00", "10"]]],
    ["1d", [["2026-01-10T00:00", "10"]]],
  ])("counts stretches of %s from midnight UTC", async (interval, expected) => {
    await tell(
      ["2026-01-10T10:01:30Z", "1"],
      ["2026-01-10T10:04:59.999Z", "2"],
      ["2026-01-10T10:05:00Z", "3"],
      ["2026-01-10T10:59:00Z", "4"],
    );
    expect((await shapes(`?interval=${interval}`)).map(([start, , , , , volume]) => [start, volume])).toEqual(
      expected,
    );
  });

  it("takes each end of a stretch from its first and last minute, not from the order of arrival", async () => {
    await tell(
      ["2026-01-10T10:04:00Z", "4"],
      ["2026-01-10T10:02:00Z", "2"],
      ["2026-01-10T10:01:00Z", "1"],
      ["2026-01-10T10:03:00Z", "3"],
    );
    expect(await shapes("?interval=5m")).toEqual([["2026-01-10T10:00", "1", "4", "1", "4", "10"]]);
  });

  it("opens and closes by block and log index within one instant", async () => {
    const place = (block_number: number, log_index: number) => ({ block_number, log_index });
    await tell(
      ["2026-01-10T00:00:00Z", "2", place(20_000_000, 5)],
      ["2026-01-10T00:00:00Z", "3", place(20_000_001, 1)],
      ["2026-01-10T00:00:00Z", "1", place(20_000_000, 4)],
    );
    for (const interval of ["1m", "1h", "1d"])
      expect(await shapes(`?interval=${interval}`)).toEqual([["2026-01-10T00:00", "1", "3", "1", "3", "6"]]);
    expect((await app().get("/collections/punks", CollectionDetail)).last_price).toBe("3");
  });

  it("counts sales without a known price and in other currencies, and takes no price from them", async () => {
    await tell(
      ["2026-01-10T10:00:00Z", null],
      ["2026-01-10T10:01:00Z", "5", { currency: "USDC" }],
      ["2026-01-10T10:02:00Z", "1"],
      ["2026-01-10T11:02:00Z", null],
      ["2026-01-10T11:03:00Z", "7", { currency: "USDC" }],
    );
    expect(await shapes("?interval=1h")).toEqual([
      ["2026-01-10T10:00", "1", "1", "1", "1", "1"],
      ["2026-01-10T11:00", null, null, null, null, null],
    ]);
    for (const interval of ["1m", "1h", "1d"]) {
      const { data } = await read(`?interval=${interval}`);
      const sum = (of: (candle: CandlePage["data"][number]) => number) =>
        data.reduce((n, one) => n + of(one), 0);
      expect([sum(({ sales }) => sales), sum(({ priced_sales }) => priced_sales)]).toEqual([5, 1]);
    }
  });

  it("marks the stretch that is not over", async () => {
    await tell(["2026-01-10T12:04:00Z", "1"], ["2026-01-10T12:06:00Z", "2"]);
    expect((await read("?interval=5m")).data.map(({ partial }) => partial)).toEqual([false, true]);
  });

  it("carries the price on where nothing was sold, up to the stretch under way and from before the first", async () => {
    await tell(["2026-01-09T10:00:00Z", "7"], ["2026-01-10T11:58:00Z", "8"]);
    const { data } = await read("?interval=5m&fill=previous&from=2026-01-10T11:50:00Z&to=2026-01-11");
    expect(
      data.map(({ start, close, filled, partial }) => [start.slice(11, 16), close, filled, partial]),
    ).toEqual([
      ["11:50", "7", true, false],
      ["11:55", "8", false, false],
      ["12:00", "8", true, false],
      ["12:05", "8", true, true],
    ]);
  });

  it("begins with the stretch that from lies in and ends with the one that to lies in", async () => {
    await tell(
      ["2026-01-10T08:00:00Z", "1"],
      ["2026-01-10T09:30:00Z", "2"],
      ["2026-01-10T10:59:00Z", "3"],
      ["2026-01-10T11:00:00Z", "4"],
    );
    const starts = async (query: string) => (await shapes(query)).map(([start]) => start?.slice(11, 13));
    expect(await starts("?interval=1h&from=2026-01-10T09:45:00Z&to=2026-01-10T10:15:00Z")).toEqual([
      "09",
      "10",
    ]);
    expect(await starts("?interval=1h&from=2026-01-10T09:00:00Z&to=2026-01-10T11:00:00Z")).toEqual([
      "09",
      "10",
    ]);
  });

  it("shows the stretch that to lies in whole", async () => {
    await tell(["2026-01-10T10:01:00Z", "1"], ["2026-01-10T10:04:00Z", "4"], ["2026-01-10T10:05:00Z", "5"]);
    expect(await shapes("?interval=5m&to=2026-01-10T10:02:00Z")).toEqual([
      ["2026-01-10T10:00", "1", "4", "1", "4", "5"],
    ]);
  });

  it("goes back as far as the limit where no from is named, and pages on from a from", async () => {
    await tell(
      ["2026-01-10T08:00:00Z", "1"],
      ["2026-01-10T10:00:00Z", "2"],
      ["2026-01-10T11:00:00Z", "3"],
      ["2026-01-10T12:00:00Z", "4"],
    );
    const closes = (page: { data: { close: string | null }[] }) => page.data.map(({ close }) => close);
    expect(closes(await read("?interval=1h&limit=3"))).toEqual(["2", "3", "4"]);
    for (const [fill, pages] of [
      ["", ["1", "2", "3", "4"]],
      ["&fill=previous", ["1", "1", "2", "3", "4"]],
    ] as const) {
      const query = `?interval=1h&from=2026-01-10&limit=2${fill}`;
      const found: (string | null)[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const page: CandlePage = await read(query + (cursor && `&cursor=${cursor}`));
        found.push(...closes(page));
        cursor = page.next_cursor;
      }
      expect(found).toEqual(pages);
    }
  });

  it("has candles without prices of a collection whose sales have no known price, and none where nothing was sold", async () => {
    await storeEvents(
      backend.db,
      aBatch(
        await flushEvents([
          { price: null, currency: null, occurred_at: "2026-01-10T10:00:00Z" },
          { kind: "transfer", price: null, currency: null, occurred_at: "2026-01-10T11:00:00Z" },
        ]),
      ),
    );
    const page = await read("?interval=1h&fill=previous&to=2026-01-10T11:30:00Z");
    expect(page).toMatchObject({ currency: null, next_cursor: null });
    expect(page.data[0]).toMatchObject({
      close: null,
      volume: null,
      sales: 1,
      priced_sales: 0,
      filled: false,
    });
    expect(page.data).toHaveLength(1);
  });

  it.each([
    ["?interval=2m", "?interval", "must be one of 1m, 5m, 15m, 1h, 4h, 1d"],
    ["?limit=2001", "?limit", "must be a whole number from 1 to 2000"],
    ["?fill=zero", "?fill", 'must be "previous", or left out'],
    ["?from=2026-01-02&to=2026-01-01", "?to", "must be later than from"],
    ["?cursor=x", "?cursor", expect.stringContaining("is not a cursor of this list")],
    [
      "?range=day",
      "?range",
      "is no parameter here; there are interval, from, to, time_zone, fill, limit, cursor",
    ],
  ])("refuses %s and says what would be right", async (query, pointer, message) => {
    expect(await app().problem(`/collections/punks/candles${query}`)).toMatchObject({
      status: 422,
      errors: [{ pointer, message }],
    });
  });

  it("does not know a collection that nobody told of", async () => {
    expect(await app().problem("/collections/nobody/candles")).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });
});
