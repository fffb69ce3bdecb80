import { NeonDbError } from "@neondatabase/serverless";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import type { FlushBatch } from "../../../shared/market/flush-batch.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { anEvent } from "../../support/events.ts";
import { flushEventsOf } from "../../support/flush.ts";
import { flusherOf } from "../../support/flusher.ts";
import { countAll, readCounted } from "../../support/market-model.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { aRoom, eventsOf } from "../../support/room.ts";

function refusal(code: string): Error {
  const error = new NeonDbError("it holds 10.1.2.3");
  error.code = code;
  return new Error("Failed query", { cause: error });
}

/** A flusher over a Postgres that keeps what it takes, and refuses what `refuses` says. */
function aFlusher(refuses: (batch: FlushBatch) => Error | null) {
  const { room, clock, reopen } = aRoom();
  const stored = new Set<number>();
  const states: number[] = [];
  const { log, lines } = recordLog();
  let calls = 0;
  const store = async (batch: FlushBatch, { state }: { state: boolean }) => {
    calls += 1;
    const error = refuses(state ? batch : { ...batch, state: { ...batch.state, floor: null } });
    if (error !== null) throw error;
    for (const { seq } of batch.events) stored.add(seq);
    if (state) states.push(batch.state.seq);
  };
  const { flusher } = flusherOf(room, store, clock.now);
  const flush = async () => {
    flusher.wake();
    clock.advance(60_000);
    await flusher.run(log);
  };
  return { room, reopen, flusher, flush, stored, states, lines, calls: () => calls };
}

const refusing = (poison: Set<number>, code = "22008") => {
  return ({ events }: FlushBatch) => (events.some(({ seq }) => poison.has(seq)) ? refusal(code) : null);
};

test("whichever events of a batch Postgres refuses, they are set aside and all others are stored", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 60 }),
      fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }),
      async (count, seqs) => {
        const poison = new Set(seqs.filter((seq) => seq <= count));
        // Where every event is refused alike, the fault is in none of them: see below.
        fc.pre(count === 1 || poison.size < count);
        const { room, flush, flusher, stored, states, lines } = aFlusher(refusing(poison));
        await room.ingest(Array.from({ length: count }, () => anEvent()));
        await flush();
        const numbers = Array.from({ length: count }, (_, i) => i + 1);
        expect([...stored].sort((a, b) => a - b)).toEqual(numbers.filter((seq) => !poison.has(seq)));
        expect([...room.setAside.after(0)]).toEqual(numbers.filter((seq) => poison.has(seq)));
        expect(lines.map(({ seq }) => seq)).toEqual(numbers.filter((seq) => poison.has(seq)));
        expect(states.at(-1)).toBe(count);
        expect(flusher.dueAt()).toBe(Number.POSITIVE_INFINITY);
        // Watchers are told of them as of any other.
        expect(eventsOf(room).map(({ seq }) => seq)).toEqual(numbers);
      },
    ),
    { numRuns: 60 },
  );
});

describe("an event that was set aside", () => {
  test("is kept whole, named in the status without anything internal, and in the log with its reason", async () => {
    const { room, flush, flusher, lines } = aFlusher(refusing(new Set([2]), "23514"));
    await room.ingest([anEvent(), anEvent({ event_key: "bad", raw: { as: "sent" } }), anEvent()]);
    await flush();
    const [kept, event] = [room.setAside.last(), eventsOf(room)[1]];
    expect(kept).toMatchObject({ seq: 2, sqlstate: "23514", raw: '{"as":"sent"}' });
    expect(JSON.parse(kept?.body ?? "")).toEqual(event);
    expect(flusher.lastError).toMatch(/\b1 event.*number 2.*23514/);
    expect(flusher.lastError).not.toContain("10.1.2.3");
    expect(lines).toMatchObject([
      { level: "error", message: "an event was set aside", seq: 2, event_key: "bad", sqlstate: "23514" },
    ]);
  });

  test("holds up nothing that comes after it, also in the next instance of the room", async () => {
    const { room, reopen, flush, stored, calls } = aFlusher(refusing(new Set([1])));
    await room.ingest([anEvent()]);
    await flush();
    const before = calls();
    await room.ingest([anEvent()]);
    await flush();
    expect(calls() - before).toBe(1);
    expect([...stored]).toEqual([2]);
    expect(reopen().setAside.count()).toBe(1);
  });
});

test("a search that the network ends goes on where it was, and sets nothing aside twice", async () => {
  const poison = refusing(new Set([1, 9]));
  let cut = true;
  const { room, flush, stored, lines, flusher } = aFlusher((batch) => {
    if (cut && batch.events.length > 0 && batch.events[0]?.seq === 9) return new Error("connection lost");
    return poison(batch);
  });
  await room.ingest(Array.from({ length: 16 }, () => anEvent()));
  await flush();
  expect(room.setAside.count()).toBe(1);
  expect(flusher.lastError).toContain("tried again");
  cut = false;
  await flush();
  expect(stored.size).toBe(14);
  expect(lines.filter(({ message }) => message === "an event was set aside")).toHaveLength(2);
});

test("a fault that is in none of the events sets none of them aside", async () => {
  const { room, flush, stored, flusher } = aFlusher(() => refusal("23502"));
  await room.ingest([anEvent(), anEvent()]);
  await flush();
  expect([stored.size, room.setAside.count()]).toEqual([0, 0]);
  expect(flusher.lastError).toContain("tried again");
});

describe("a schema that takes no event", () => {
  const broken = (code = "23514") => {
    let mended = false;
    const refuses = ({ events }: FlushBatch) => (!mended && events.length > 0 ? refusal(code) : null);
    const mend = () => {
      mended = true;
    };
    return { ...aFlusher(refuses), mend };
  };

  test.each([2, 40, 1500])(
    "sets none of %i events aside, says so, and has all when it is mended",
    async (count) => {
      const { room, flush, flusher, stored, mend, calls } = broken();
      await room.ingest(Array.from({ length: count }, () => anEvent()));
      for (let i = 0; i < 8; i++) await flush();
      expect([stored.size, room.setAside.count(), room.log.mark("flushed")]).toEqual([0, 0, 0]);
      expect(flusher.lastError).toMatch(/SQLSTATE 23514.*schema.*Nothing is set aside/);
      // Not two tries for each event, again and again.
      expect(calls()).toBeLessThan(500);
      mend();
      await flush();
      expect([stored.size, flusher.lastError]).toEqual([count, null]);
    },
  );

  test("sets one aside where events come one by one, no more, and stores that one too when it is mended", async () => {
    const { room, flush, flusher, stored, mend } = broken("22003");
    for (let i = 0; i < 20; i++) {
      await room.ingest([anEvent()]);
      await flush();
    }
    expect(room.setAside.count()).toBe(1);
    expect(flusher.lastError).toContain("SQLSTATE 22003");
    mend();
    await flush();
    expect([stored.size, room.setAside.count(), flusher.lastError]).toEqual([20, 0, null]);
  });

  test("does not hide that an event is refused for itself", async () => {
    const { room, flush, stored } = aFlusher(refusing(new Set(Array.from({ length: 20 }, (_, i) => i + 1))));
    await room.ingest(Array.from({ length: 21 }, () => anEvent()));
    await flush();
    expect([[...stored], room.setAside.count()]).toEqual([[21], 20]);
  });
});

test("one event that alone fails for another reason is set aside too, and holds up nothing", async () => {
  const { room, flush, stored } = aFlusher(({ events }) =>
    events.some(({ seq }) => seq === 3) ? refusal("54000") : null,
  );
  await room.ingest(Array.from({ length: 5 }, () => anEvent()));
  await flush();
  expect([...stored].sort()).toEqual([1, 2, 4, 5]);
  expect(room.setAside.last()).toMatchObject({ seq: 3, sqlstate: "54000" });
});

test("what was set aside is flushed when it is asked for, as far as Postgres takes it now", async () => {
  const poison = new Set([2, 4, 6]);
  const { room, flush, flusher, stored } = aFlusher((batch) => refusing(poison)(batch));
  await room.ingest(Array.from({ length: 7 }, () => anEvent({ raw: { as: "sent" } })));
  await flush();
  expect(room.setAside.count()).toBe(3);
  poison.delete(2);
  poison.delete(6);
  expect(await flusher.flushAgain(recordLog().log)).toEqual({ stored: 2, refused: 1 });
  expect([...stored].sort()).toEqual([1, 2, 3, 5, 6, 7]);
  expect(room.setAside.last()).toMatchObject({ seq: 4 });
});

test("a floor that Postgres refuses leaves the events stored and says so", async () => {
  const { room, flush, stored, flusher } = aFlusher(({ state }) =>
    state.floor === null ? null : refusal("22003"),
  );
  await room.ingest([anEvent({ kind: "listing" }), anEvent({ kind: "listing" })]);
  await flush();
  expect([stored.size, room.setAside.count(), room.log.mark("flushed")]).toEqual([2, 0, 2]);
  expect(flusher.lastError).toContain("refuses the floor");
});

describe.each([
  ["40001", 1],
  ["53300", 1],
  ["57014", 1],
  // These may be about the events: an empty batch tells.
  ["XX000", 2],
  ["42P01", 2],
  ["42501", 2],
])("an error of SQLSTATE %s", (code, tries) => {
  test("is tried again whole", async () => {
    const { room, flush, flusher, calls } = aFlusher(() => refusal(code));
    await room.ingest([anEvent(), anEvent()]);
    await flush();
    expect([calls(), room.setAside.count(), room.log.mark("flushed")]).toEqual([tries, 0, 0]);
    expect(flusher.lastError).toContain("tried again");
  });
});

describeOnEachBackend("a flush with an event that this Postgres refuses", (backend) => {
  it("stores and counts all others", async () => {
    const { room, clock } = aRoom();
    // Refused at the door as well; this is what an older or laxer door might have let in.
    const bad = { ...anEvent({ event_key: "bad" }), occurred_at: "0000-06-01T00:00:00.000Z" };
    await room.ingest([
      ...Array.from({ length: 7 }, (_, i) => anEvent({ price: `${i + 1}`, raw: { i } })),
      bad,
      anEvent({ kind: "listing", price: "2" }),
      anEvent({ price: "3" }),
    ]);
    const { flusher } = flusherOf(room, (batch, parts) => storeEvents(backend.db, batch, parts), clock.now);
    await flusher.run(recordLog().log);
    expect(room.setAside.last()).toMatchObject({ seq: 8, sqlstate: "22008" });
    expect(room.setAside.count()).toBe(1);
    const others = (await flushEventsOf(room)).filter(({ event_key }) => event_key !== "bad");
    expect(await readCounted(backend.db)).toEqual(countAll(others));
    expect(room.log.mark("flushed")).toBe(10);
  });
});
