import { expect, it } from "vitest";
import type { IngestResult } from "../../../../shared/contracts/room.ts";
import type { Db } from "../../../../shared/db/client.ts";
import { collections } from "../../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { ingestEvents } from "../../../../workers/market/events/ingest-events.ts";
import { KnownCollections } from "../../../../workers/market/events/known-collections.ts";
import { testCtx } from "../../../support/ctx.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { anEvent } from "../../../support/events.ts";
import { aBatch, aFlushEvent } from "../../../support/flush.ts";

/** Rooms that take all but what lies in the year 2100. */
function aCtx(db: Db) {
  const { rooms } = testCtx();
  const ingest = async (_slug: string, events: { occurred_at: string }[]): Promise<IngestResult> => {
    const late = events.map(({ occurred_at }) => occurred_at.startsWith("2100"));
    const indexes = [...late.keys()];
    return {
      ...{ epoch: "ep_1", head: events.length, duplicate: [] },
      accepted: indexes.filter((index) => !late[index]).map((index) => ({ index, seq: index + 1 })),
      rejected: indexes.filter((index) => late[index]).map((index) => ({ index, pointer: "", message: "" })),
    };
  };
  const no = () => Promise.reject(new Error("nothing else is asked of a room"));
  const others = {
    ...{ position: no, page: no, snapshot: no, attachRelay: no, detachRelay: no, closeSockets: no },
    ...{ flushSoon: no, flushAgain: no },
  };
  const collection = () => ({ ingest, ...others, fetch: no });
  return testCtx({ db, rooms: { ...rooms, collection } });
}

describeOnEachBackend("handing in events", (backend) => {
  const slugs = async () =>
    (await backend.db.select().from(collections)).map(({ slug, simulated }) => ({ slug, simulated }));

  it("makes a new collection before it answers, and none of what was not taken", async () => {
    const known = new KnownCollections();
    const ctx = aCtx(backend.db);
    const events = [
      anEvent({ collection: "new" }),
      anEvent({ collection: "demo", source: "simulated" }),
      anEvent({ collection: "never", occurred_at: "2100-01-01T00:00:00Z" }),
    ];
    expect(await ingestEvents(ctx, events, known)).toMatchObject({ named: true, answer: { accepted: 1 } });
    // Nobody hands in what is simulated.
    expect(await slugs()).toEqual([{ slug: "new", simulated: false }]);
    // The flush finds its row, and fills in what it knows.
    await storeEvents(backend.db, aBatch([await aFlushEvent(1, { collection: "new" })], { currency: "ETH" }));
    expect(await slugs()).toHaveLength(1);
  });

  it("takes events while Postgres is away, and says that what is new can be named later", async () => {
    const known = new KnownCollections();
    const away = testCtx().db;
    const asked = [anEvent({ collection: "new" })];
    expect(await ingestEvents(aCtx(away), asked, known)).toMatchObject({
      named: false,
      answer: { accepted: 1 },
    });
    expect(await ingestEvents(aCtx(backend.db), asked, known)).toMatchObject({ named: true });
    // Once known, Postgres is not asked again.
    expect(await ingestEvents(aCtx(away), asked, known)).toMatchObject({ named: true });
  });
});
