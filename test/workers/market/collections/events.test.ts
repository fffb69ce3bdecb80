import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { EventPage } from "../../../../shared/contracts/collections.ts";
import type { FlushEvent } from "../../../../shared/market/flush-batch.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { anEvent } from "../../../support/events.ts";
import { aBatch, aFloor, aFlushEvent, EPOCH, flushEvents, flushEventsOf } from "../../../support/flush.ts";
import { readingApp } from "../../../support/reading.ts";
import { aRoom } from "../../../support/room.ts";

const NOW = Date.parse("2026-01-02T12:00:00Z");
const PATH = "/collections/punks/events";

/** The event as it is published: what only the database needs is left out. */
function published({ key_hash: _hash, corrects_hash: _other, unit: _unit, raw: _raw, ...event }: FlushEvent) {
  return event;
}

describeOnEachBackend("GET /collections/{slug}/events", (backend) => {
  const app = () => readingApp(backend.db, () => NOW);
  const read = (query: string) => app().get(PATH + query, EventPage);
  const seqs = async (query: string) => (await read(query)).data.map(({ seq }) => seq);

  describe("by time", () => {
    let events: FlushEvent[];
    beforeEach(async () => {
      events = await flushEvents([
        {
          price: "1",
          token_id: "7",
          to: "0xB",
          occurred_at: "2026-01-01T10:00:00.001Z",
          raw: { secret: true },
        },
        {
          kind: "listing",
          price: "5",
          token_id: "8",
          occurred_at: "2026-01-01T11:00:00Z",
          expires_at: "2026-02-01T00:00:00Z",
        },
        { kind: "transfer", price: null, currency: null, from: "0xb", occurred_at: "2026-01-01T09:00:00Z" },
        { price: "2.50", currency: "WETH", price_usd: "9", occurred_at: "2026-01-01T11:00:00Z" },
        { kind: "cancel", price: null, currency: null, order_id: "o", occurred_at: "2026-01-02T00:00:00Z" },
      ]);
      await storeEvents(backend.db, aBatch(events));
    });

    it("gives events as they were sent live, newest first, those of one moment by number", async () => {
      const page = await read("");
      expect(page.data).toEqual(
        [4, 3, 1, 0, 2].map((index) => events[index]).map((event) => event && published(event)),
      );
      expect(page).toMatchObject({ next_cursor: null, position: null });
      expect(await seqs("?order=asc")).toEqual([3, 1, 2, 4, 5]);
    });

    it.each([
      ["?kind=sale", [4, 1]],
      ["?kind=sale,listing", [4, 2, 1]],
      ["?kind=sale&kind=transfer", [4, 1, 3]],
      ["?kinds=sale,%20listing", [4, 2, 1]],
      ["?kinds=sale&kind=transfer", [4, 1, 3]],
      ["?token_id=7", [1]],
      ["?address=0xB", [1, 3]],
      ["?min_price=2.5", [4, 2]],
      ["?from=2026-01-01T10:00:00.001Z&to=2026-01-01T11:00:00Z", [1]],
      ["?from=2026-01-02", [5]],
      ["?to=2026-01-01T09:00:00Z", []],
      ["?kind=bid", []],
      ["?kind=sale&min_price=2&address=0xbuyer&token_id=1&from=2026-01-01", [4]],
    ])("filters by %s", async (query, expected) => {
      expect(await seqs(query)).toEqual(expected);
    });

    it("goes on after a page with no hole and no repeat, though newer events come meanwhile", async () => {
      const first = await read("?limit=2");
      await storeEvents(backend.db, aBatch(await flushEvents([{ occurred_at: "2026-01-02T10:00:00Z" }], 6)));
      const second = await read(`?limit=2&cursor=${first.next_cursor}`);
      const third = await read(`?limit=2&cursor=${second.next_cursor}`);
      expect([first, second, third].map(({ data }) => data.map(({ seq }) => seq))).toEqual([
        [5, 4],
        [2, 1],
        [3],
      ]);
      expect(third.next_cursor).toBeNull();
    });

    it("refuses a cursor that is not of the same list", async () => {
      const { next_cursor } = await read("?limit=1&kind=sale");
      const problem = await app().problem(`${PATH}?limit=1&kind=listing&cursor=${next_cursor}`);
      expect(problem).toMatchObject({
        status: 422,
        errors: [{ pointer: "?cursor", message: expect.stringContaining("other filters") }],
      });
      expect(await app().problem(`${PATH}?cursor=bm9uc2Vuc2U`)).toMatchObject({
        status: 422,
        errors: [{ pointer: "?cursor" }],
      });
    });
  });

  it("pages through all events exactly once, whatever the page size and the order", async () => {
    const time = fc.integer({ min: 0, max: 6 }).map((step) => new Date(NOW - step * 1000).toISOString());
    await fc.assert(
      fc.asyncProperty(
        fc.array(time, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        fc.constantFrom("asc", "desc"),
        async (times, limit, order) => {
          await backend.empty();
          const events = await flushEvents(times.map((occurred_at) => ({ occurred_at })));
          await storeEvents(backend.db, aBatch(events));
          const found: number[] = [];
          let cursor = "";
          for (;;) {
            const page = await read(`?order=${order}&limit=${limit}${cursor}`);
            found.push(...page.data.map(({ seq }) => seq));
            if (page.next_cursor === null) break;
            cursor = `&cursor=${page.next_cursor}`;
          }
          const ordered = events
            .toSorted((a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at) || a.seq - b.seq)
            .map(({ seq }) => seq);
          expect(found).toEqual(order === "asc" ? ordered : ordered.reverse());
        },
      ),
      { numRuns: 15 },
    );
  }, 30_000);

  it("lets pass what corrects an event that passes, by time and by number, as the live stream does", async () => {
    const { room } = aRoom();
    const cancel = (corrects: string) =>
      anEvent({
        ...{ kind: "cancel", token_id: undefined, price: undefined, from: undefined },
        to: undefined,
        corrects,
      });
    await room.ingest([
      anEvent({ event_key: "a", price: "9", token_id: "7", to: "0xalice" }),
      anEvent({ event_key: "b", price: "2", token_id: "8" }),
      anEvent({ event_key: "a2", price: "3", token_id: "9", corrects: "a" }),
      ...["b", "a2", "nobody"].map(cancel),
      anEvent({ event_key: "c", kind: "bid" }),
      cancel("c"),
    ]);
    const log = await flushEventsOf(room);
    await storeEvents(backend.db, aBatch(log));
    const cases: [string, number[]][] = [
      ["kind=sale", [1, 2, 3, 4, 5, 6]],
      ["kind=bid", [6, 7, 8]],
      ["kind=cancel", [4, 5, 6, 8]],
      ["min_price=5", [1, 3, 5, 6]],
      ["token_id=7", [1, 3]],
      ["token_id=9&kind=sale", [3, 5]],
      ["address=0xalice", [1, 3]],
      ["kind=sale&min_price=5&to=2026-01-01T00:00:00Z", []],
    ];
    for (const [query, expected] of cases) {
      expect((await seqs(`?${query}&order=asc`)).toSorted(), query).toEqual(expected);
      expect(await seqs(`?${query}&after_seq=0`), query).toEqual(expected);
    }
    const pages = [];
    for (let cursor = ""; pages.length < 4; ) {
      const page = await read(`?kind=sale&limit=2${cursor}`);
      pages.push(page.data.map(({ seq }) => seq));
      if (page.next_cursor === null) break;
      cursor = `&cursor=${page.next_cursor}`;
    }
    expect(pages).toEqual([
      [6, 5],
      [4, 3],
      [2, 1],
    ]);
    expect((await read("?after_seq=4&limit=1")).data).toEqual(log.slice(4, 5).map(published));
  });

  describe("by number", () => {
    const catchUp = async (query: string) => {
      const page = await read(query);
      return { seqs: page.data.map(({ seq }) => seq), ...page.position, more: page.next_cursor !== null };
    };

    it("brings a reader who has fallen behind to the newest number, page by page", async () => {
      await storeEvents(backend.db, aBatch(await flushEvents([{}, {}, {}, {}, {}])));
      const first = await read("?after_seq=1&limit=3");
      expect(first.data.map(({ seq }) => seq)).toEqual([2, 3, 4]);
      expect(first.position).toEqual({ epoch: EPOCH, seq: 4, head: 5, current_epoch: EPOCH });
      const second = await read(`?after_seq=1&limit=3&cursor=${first.next_cursor}`);
      expect(second.data.map(({ seq }) => seq)).toEqual([5]);
      expect(second).toMatchObject({ next_cursor: null, position: { seq: 5, head: 5 } });
      expect(await catchUp("?after_seq=5")).toMatchObject({ seqs: [], seq: 5, head: 5, more: false });
    });

    it("says with a filter on how far it has looked", async () => {
      await storeEvents(
        backend.db,
        aBatch(await flushEvents([{}, { kind: "listing" }, {}, { kind: "listing" }])),
      );
      expect(await catchUp("?after_seq=0&kind=sale")).toMatchObject({ seqs: [1, 3], seq: 4, head: 4 });
    });

    it("reads an earlier epoch to its end and names the current one", async () => {
      await storeEvents(backend.db, aBatch(await flushEvents([{}, {}])));
      const anew = await aFlushEvent(1, {}, { epoch: "ep_2" });
      await storeEvents(backend.db, aBatch([anew]));
      expect(await catchUp(`?after_seq=1&epoch=${EPOCH}`)).toMatchObject({
        seqs: [2],
        epoch: EPOCH,
        head: 2,
        current_epoch: "ep_2",
      });
      expect(await catchUp("?after_seq=0")).toMatchObject({ seqs: [1], epoch: "ep_2", head: 1 });
    });

    it("tells an unknown epoch from a known one", async () => {
      await storeEvents(backend.db, aBatch(await flushEvents([{}])));
      expect(await app().problem(`${PATH}?after_seq=0&epoch=ep_9`)).toMatchObject({
        status: 422,
        errors: [{ pointer: "?epoch", message: `is no epoch of "punks": the current one is "${EPOCH}"` }],
      });
    });

    it("counts a number as read whose event Postgres had under another", async () => {
      await storeEvents(backend.db, aBatch(await flushEvents([{ event_key: "twice" }])));
      await storeEvents(backend.db, aBatch([await aFlushEvent(2, { event_key: "twice" })]));
      expect(await catchUp("?after_seq=1")).toMatchObject({ seqs: [], seq: 2, head: 2 });
    });
  });

  it("gives a collection that was only described no events, and an unknown one a problem", async () => {
    await storeEvents(backend.db, aBatch([], { collection: "quiet", state: { floor: aFloor() } }));
    const quiet = await app().get("/collections/quiet/events", EventPage);
    expect(quiet).toEqual({ data: [], next_cursor: null, position: null });
    for (const query of ["", "?after_seq=0"])
      expect(await app().problem(`/collections/nobody/events${query}`)).toMatchObject({
        status: 404,
        http_status: 404,
        code: "not_found",
      });
  });

  it.each([
    ["?kind=auction", "?kind/0", "must be among sale, listing, bid, transfer, cancel, metadata"],
    ["?limit=501", "?limit", "must be a whole number from 1 to 500"],
    ["?limit=0", "?limit", "must be a whole number from 1 to 500"],
    ["?limit=ten", "?limit", "must be a whole number from 1 to 500"],
    ["?limit=1&limit=2", "?limit", "must be given once"],
    ["?min_price=-1", "?min_price", 'must be a decimal string such as "1.5"'],
    [
      "?from=monday",
      "?from",
      "must be a time with a zone such as 2026-01-31T12:00:00Z, or a date such as 2026-01-31",
    ],
    ["?from=2026-01-02&to=2026-01-01", "?to", "must be later than from"],
    ["?order=random", "?order", "must be one of asc, desc"],
    ["?after_seq=-1", "?after_seq", "must be a whole number, such as 0"],
    ["?epoch=ep_1", "?epoch", "needs after_seq beside it"],
    ["?after_seq=1&order=desc", "?order", "must be asc with after_seq: numbers are read upwards"],
    ["?token_id=a%00b", "?token_id", "must not contain a NUL character"],
    ["?knid=sale", "?knid", expect.stringContaining("is no parameter here; there are kind, kinds, token_id")],
  ])("refuses %s and says what would be right", async (query, pointer, message) => {
    await storeEvents(backend.db, aBatch(await flushEvents([{}])));
    expect(await app().problem(PATH + query)).toMatchObject({
      status: 422,
      http_status: 422,
      errors: [{ pointer, message }],
    });
  });
});
