import { describe, expect, it } from "vitest";
import { NftDetail } from "../../../../shared/contracts/collections.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, flushEvents } from "../../../support/flush.ts";
import { readingApp } from "../../../support/reading.ts";

const NOW = Date.parse("2026-01-10T12:00:00Z");
const ZERO = "0x0000000000000000000000000000000000000000";
const free = { price: null, currency: null };
const listing = { kind: "listing", price: "5", from: "0xmaker", order_id: "o1", quantity: "1" };

describeOnEachBackend("GET /collections/{slug}/nfts/{token_id}", (backend) => {
  const app = () => readingApp(backend.db, () => NOW);
  const read = (query = "", token = "1") => app().get(`/collections/punks/nfts/${token}${query}`, NftDetail);
  /** Events of one token, a minute apart. */
  const tell = async (...partials: object[]) => {
    const events = await flushEvents(
      partials.map((partial, index) => ({
        occurred_at: new Date(NOW - 3_600_000 + index * 60_000).toISOString(),
        ...partial,
      })),
    );
    await storeEvents(backend.db, aBatch(events));
  };

  it("tells a token's last sale, holder and history, newest first, page by page", async () => {
    await tell(
      { price: "1", to: "0xa" },
      { token_id: "2", price: "9" },
      { price: "2", from: "0xa", to: "0xb" },
      { kind: "bid", price: "3" },
    );
    const nft = await read("?limit=2");
    expect(nft).toMatchObject({
      collection: "punks",
      token_id: "1",
      simulated: false,
      last_sale: { seq: 3, price: "2" },
      listing: null,
      holder: { address: "0xb", since: "2026-01-10T11:02:00.000Z", by: "sale", source: "push" },
      history: { data: [{ seq: 4 }, { seq: 3 }] },
    });
    const rest = await read(`?limit=2&cursor=${nft.history.next_cursor}`);
    expect(rest.history).toMatchObject({ data: [{ seq: 1 }], next_cursor: null });
    expect((await read("?order=asc")).history.data.map(({ seq }) => seq)).toEqual([1, 3, 4]);
  });

  it("takes a token id for text: 78 digits, leading zeros, hex, signs", async () => {
    const ids = ["9".repeat(78), "007", "0xff02000ca7", "a/b?c d%"];
    await tell(...ids.map((token_id) => ({ token_id })));
    for (const id of ids) expect((await read("", encodeURIComponent(id))).token_id).toBe(id);
    expect(await app().problem("/collections/punks/nfts/7")).toMatchObject({ status: 404 });
  });

  describe("the open listing", () => {
    const open = async (...partials: object[]) => {
      await tell(...partials);
      return (await read()).listing?.seq ?? null;
    };

    it("is the lowest of all that stand", async () => {
      expect(await open(listing, { ...listing, order_id: "o2", from: "0xother", price: "9" })).toBe(1);
    });
    it("is the dearer order of the same maker when the cheaper was cancelled", async () => {
      const dear = { ...listing, order_id: "o2", price: "9" };
      expect(await open(listing, dear, { kind: "cancel", ...free, order_id: "o1" })).toBe(2);
    });
    it("is gone when its maker raised the counter", async () => {
      const other = { ...listing, order_id: "o2", from: "0xother", price: "9" };
      const counter = { kind: "cancel", ...free, token_id: undefined, from: "0xmaker" };
      expect(await open(listing, other, counter)).toBe(2);
    });
    it("of a lot is gone when its parts were sold, one after the other", async () => {
      const part = { order_id: "o1", quantity: "5", from: "0xmaker" };
      expect(await open({ ...listing, quantity: "10" }, part, part)).toBeNull();
    });
    it.each([
      ["its order was cancelled", { kind: "cancel", ...free, order_id: "o1" }],
      ["its maker cancelled what he had on the token", { kind: "cancel", ...free, from: "0xmaker" }],
      ["its order was filled", { price: "5", order_id: "o1" }],
      ["its maker sold the token elsewhere", { price: "4", from: "0xmaker", order_id: "o9" }],
      ["its maker gave the token away", { kind: "transfer", ...free, from: "0xmaker" }],
      ["somebody sold the token, and nobody knows who", { price: "4", from: null }],
      [
        "its order was told again, for a time that is over",
        { ...listing, expires_at: "2026-01-10T11:30:00Z" },
      ],
    ])("stands no more when %s", async (_reason, event) => {
      expect(await open(listing, event)).toBeNull();
    });
    it.each([
      ["another order was cancelled", { kind: "cancel", ...free, order_id: "o9", from: "0xmaker" }],
      ["somebody else cancelled", { kind: "cancel", ...free, from: "0xother" }],
      [
        "the event that seems to close it was taken back",
        { kind: "cancel", ...free, corrects: "nothing", order_id: "o1" },
      ],
      [
        "it was cancelled before it was made",
        { kind: "cancel", ...free, from: "0xmaker", occurred_at: "2026-01-01T00:00:00Z" },
      ],
    ])("still stands when %s", async (_reason, event) => {
      expect(await open(listing, event)).toBe(1);
    });
    it("ends when its time is over, and not a second earlier", async () => {
      const until = (expires_at: string, order_id: string) => ({
        ...listing,
        from: `0x${order_id}`,
        order_id,
        expires_at,
      });
      expect(await open(until("2026-01-10T12:00:01Z", "long"), until("2026-01-10T12:00:00Z", "short"))).toBe(
        1,
      );
    });
    it("stands again when the sale that filled it was taken back", async () => {
      expect(
        await open(
          listing,
          { event_key: "wrong", order_id: "o1" },
          { kind: "cancel", ...free, corrects: "wrong" },
        ),
      ).toBe(1);
    });
    it("of a larger lot is not closed by the sale of a part", async () => {
      expect(
        await open({ ...listing, quantity: "10" }, { order_id: "o1", quantity: "3", from: "0xmaker" }),
      ).toBe(1);
    });
  });

  describe("the holder", () => {
    const holder = async (...partials: object[]) => {
      await tell(...partials);
      return (await read()).holder?.address ?? null;
    };

    it("is not known where the last sale names no buyer", async () => {
      expect(await holder({ to: "0xa" }, { to: ZERO })).toBeNull();
    });
    it("is known from the transfer of the same moment where the sale names no buyer, whichever is told first", async () => {
      const occurred_at = "2026-01-10T11:30:00Z";
      expect(
        await holder({ kind: "transfer", ...free, to: "0xb", occurred_at }, { to: null, occurred_at }),
      ).toBe("0xb");
    });
    const HELD = { occurred_at: "2026-01-10T00:00:00Z" };
    const chain = (...sides: [from: string, to: string][]) =>
      sides.map(([from, to], i) => ({ ...HELD, from, to, price: `${i + 1}` }));
    const state = async (...partials: (object | undefined)[]) => {
      await tell(...partials.filter((partial) => partial !== undefined));
      const { holder, holder_unknown, last_sale } = await read();
      return [holder?.address ?? holder_unknown, last_sale?.price];
    };
    it("of several sales of one day follows from who sells next, whatever the order in which they are told", async () => {
      const [one, two, three] = chain(["0xa", "0xb"], ["0xb", "0xc"], ["0xc", "0xd"]);
      expect(await state(three, one, two)).toEqual(["0xd", "3"]);
    });
    it("of a round trip is who had it before", async () => {
      const before = { from: "0xz", to: "0xa", price: "9", occurred_at: "2026-01-09T00:00:00Z" };
      expect(await state(before, ...chain(["0xb", "0xa"], ["0xa", "0xb"]))).toEqual(["0xa", "1"]);
    });
    it("is not known where sales of one day lead to two ends, and the reason is told", async () => {
      expect((await state(...chain(["0xa", "0xb"], ["0xc", "0xd"])))[0]).toBe("order_not_known");
      expect((await state(...chain(["0xb", "0xa"], ["0xa", "0xb"])))[0]).toBe("order_not_known");
    });
    it("follows block and log index where they are known", async () => {
      const place = (block_number: number, log_index: number) => ({ block_number, log_index });
      const [one, two] = chain(["0xa", "0xb"], ["0xc", "0xd"]);
      expect(await state({ ...one, ...place(7, 12) }, { ...two, ...place(7, 9) })).toEqual(["0xb", "1"]);
    });
    it("is the last in time, not the last told", async () => {
      expect(await holder({ to: "0xa" }, { to: "0xb", occurred_at: "2026-01-01T00:00:00Z" })).toBe("0xa");
    });
    it("is nobody after the token was burned", async () => {
      expect(await holder({ to: "0xa" }, { kind: "transfer", ...free, from: "0xa", to: ZERO })).toBeNull();
    });
    it("is not one where many may hold the token", async () => {
      expect(await holder({ to: "0xa", quantity: "2" }, { to: "0xb" })).toBeNull();
    });
  });

  it("does not know a token that no event names, nor a collection that nobody told of", async () => {
    await tell({});
    expect(await app().problem("/collections/punks/nfts/2")).toMatchObject({
      status: 404,
      detail: 'No event of "punks" names a token "2".',
    });
    expect(await app().problem("/collections/nobody/nfts/1")).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });

  it.each([
    ["1?limit=501", "?limit", "must be a whole number from 1 to 500"],
    ["1?kind=sale", "?kind", "is no parameter here; there are order, limit, cursor"],
    ["a%00", "path:token_id", "must not contain a NUL character"],
    ["x".repeat(129), "path:token_id", "must be at most 128 characters long"],
  ])("refuses %s and says what would be right", async (path, pointer, message) => {
    await tell({});
    expect(await app().problem(`/collections/punks/nfts/${path}`)).toMatchObject({
      status: 422,
      errors: [{ pointer, message }],
    });
  });
});
