import {
  type Floor,
  type FloorCause,
  type FloorChange,
  MarketEvent,
  type MarketEventInput,
} from "../../shared/contracts/market.ts";
import type { IngestResult } from "../../shared/contracts/room.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { hashEventKey } from "../../shared/market/event-key.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import { acceptEvent, refusal } from "./accept.ts";
import { Book } from "./book.ts";
import { readBrief, writeBrief } from "./brief.ts";
import type { EventLog } from "./event-log.ts";
import { FactStore } from "./facts.ts";
import { KeyIndex } from "./key-index.ts";
import { KeyTurns } from "./key-turns.ts";
import { PendingRaw } from "./pending-raw.ts";
import { RecentSales } from "./recent.ts";
import { SetAside } from "./set-aside.ts";
import { shrink } from "./shrink.ts";
import type { Sql } from "./sql.ts";
import { StoredPosition } from "./stored-position.ts";

const DAY_MS = 86_400_000;
const LONGEST_STEP_BACK_MS = 1000;
const PRUNE_EVERY_MS = 600_000;
const FORGET_EVERY_MS = DAY_MS;

/** The storage outgrew its budget, and events in it wait for Postgres. */
export class RoomFull extends Error {
  override readonly name = "RoomFull";
  constructor(size: number, budget: number) {
    super(`ROOM_FULL: ${size} bytes of ${budget} are used, and events wait for Postgres`);
  }
}

/** How long a room remembers. */
export const KEEP = {
  /** The log reaches back at least this far and at least this many events. */
  log_ms: DAY_MS,
  log_events: 10_000,
  /** Event keys, against repeats; Postgres refuses repeats for ever. */
  keys_ms: 30 * DAY_MS,
  /** What guards the book against late listings, and the listings that a take-back would reopen. */
  book_guards_ms: 30 * DAY_MS,
} as const;

/**
 * One collection's sequencer and write-ahead log: refuses repeats, numbers the rest, keeps the book of open
 * listings. Pure but for the SQLite and the clock that it is given; sockets and Postgres are others' work.
 */
export class Room {
  readonly log: EventLog;
  readonly book: Book;
  readonly recent: RecentSales;
  readonly facts: FactStore;
  readonly raw: PendingRaw;
  readonly setAside: SetAside;
  readonly stored: StoredPosition;
  readonly turns: KeyTurns;
  readonly keys: KeyIndex;
  private readonly sql: Sql;
  private readonly now: Clock;
  private readonly budget: number;

  /** @param budget bytes that the storage should not outgrow */
  constructor(sql: Sql, log: EventLog, slug: string, now: Clock, budget = Number.POSITIVE_INFINITY) {
    this.sql = sql;
    this.budget = budget;
    this.log = log;
    this.now = now;
    this.keys = new KeyIndex(sql);
    this.book = new Book(sql);
    this.recent = new RecentSales(sql);
    this.facts = new FactStore(sql, slug);
    this.raw = new PendingRaw(sql);
    this.setAside = new SetAside(sql);
    this.stored = new StoredPosition(sql, log);
    this.turns = new KeyTurns(sql);
  }

  /**
   * Takes a batch in its order, all of it in one transaction. What the room has seen is a duplicate, in this
   * batch or in an earlier one. When this returns, what was accepted is in the object's storage.
   */
  async ingest(inputs: MarketEventInput[]): Promise<IngestResult> {
    const hashes = await Promise.all(inputs.map((input) => hashEventKey(input.event_key)));
    const corrected = await Promise.all(
      inputs.map(({ corrects, event_key }) =>
        corrects == null || corrects === event_key ? null : hashEventKey(corrects),
      ),
    );
    const places = new Map(hashes.map((hash, index) => [hash, index]));
    this.makeRoom();
    // Nothing waits from here on: two batches at once are taken one after the other.
    const now = this.time();
    const result: IngestResult = {
      epoch: this.log.epoch,
      head: this.log.head,
      accepted: [],
      duplicate: [],
      rejected: [],
    };
    this.atomically(() => {
      this.expireListings(now);
      for (const [index, input] of inputs.entries()) {
        const hash = hashes[index] ?? "";
        const refused = refusal(input, now);
        if (refused !== null) {
          result.rejected.push({ index, ...refused });
          continue;
        }
        const keys = {
          hash,
          corrects: corrected[index] ?? null,
          comesLater: (other: string) => (places.get(other) ?? -1) > index,
        };
        const seq = this.take(input, keys, now);
        if (seq === null) result.duplicate.push(index);
        else result.accepted.push({ index, seq });
      }
      if (result.accepted.length > 0) this.recent.prune(now);
    });
    result.head = this.log.head;
    return result;
  }

  /** Closes listings whose time is over; where that moves the floor, a numbered `cancel` event says so. */
  expire(): void {
    this.atomically(() => this.expireListings(this.time()));
  }

  /** Bytes of the storage that are in use. */
  size(): number {
    return this.sql.size();
  }

  /** Whether the storage outgrew its budget. */
  get isFull(): boolean {
    return this.size() > this.budget;
  }

  /**
   * Frees what Postgres has too where the storage outgrew its budget. Throws `RoomFull` where that is not enough and a flush
   * would free more. A book of open listings that is larger than the budget stops nothing: no waiting would help.
   */
  private makeRoom(): void {
    if (!this.isFull) return;
    const more = this.atomically(() => shrink(this, this.budget));
    const waits = this.log.mark("flushed") < this.log.head;
    if (this.isFull && waits && !more) throw new RoomFull(this.size(), this.budget);
  }

  /** Forgets what is older than `KEEP` says, at most every ten minutes, also across its lives. */
  prune(): void {
    const now = this.now();
    if (now < this.log.mark("pruned") + PRUNE_EVERY_MS) return;
    this.atomically(() => {
      this.log.setMark("pruned", now);
      this.log.prune(now - KEEP.log_ms, KEEP.log_events, (last) => this.recent.keepBodies(last));
      this.turns.prune(this.log.oldest);
      this.recent.prune(now);
      // Whole tables are read for this.
      if (now < this.log.mark("forgot") + FORGET_EVERY_MS) return;
      this.log.setMark("forgot", now);
      this.keys.prune(now - KEEP.keys_ms);
      this.book.prune(now - KEEP.book_guards_ms);
    });
  }

  /** Postgres has the room's events up to `stored` only; what is after `from` is flushed again. */
  flushAgainFrom(from: number, stored: number): void {
    this.atomically(() => {
      this.log.setMark("flushed", from);
      this.stored.set(from === stored ? null : stored);
    });
  }

  /** Goes on under another epoch; what is numbered after `last` belongs to it and is flushed again. */
  beginEpoch(epoch: string, last: number): void {
    this.atomically(() => {
      this.recent.keepBodies(last);
      this.log.beginEpoch(epoch, last);
      this.raw.dropThrough(last);
      this.setAside.moveToEpoch(epoch, last);
      this.stored.set(0);
    });
  }

  /** The newest sale with a known price in the room's own unit, by the time it happened. */
  lastPricedSale(): MarketEvent | null {
    const unit = this.facts.get("unit");
    for (const body of this.recent.newest(100)) {
      const sale = MarketEvent.parse(JSON.parse(body));
      if (sale.price !== null && sale.currency !== null && unitOf(sale.currency) === unit) return sale;
    }
    return null;
  }

  private take(input: MarketEventInput, keys: InputKeys, now: number): number | null {
    const turn = this.turnOf(input.event_key, keys);
    if (turn === null) return null;
    const seq = this.log.head + 1;
    const named = keys.corrects === null ? null : this.keys.find(keys.corrects);
    const at = { epoch: this.log.epoch, seq, received_at: isoTime(now) };
    const corrected = input.corrects == null ? [] : readBrief(named?.brief ?? null, input.corrects);
    const event = acceptEvent(input, { ...at, corrected });
    this.keys.add(keys.hash, seq, now, { turn, brief: writeBrief(event) });
    this.turns.add(seq, { turn, corrects_turn: named?.turn ?? 0 });
    // Only what is taken back can come again; what is replaced is known better now.
    if (keys.corrects !== null && event.kind === "cancel") this.keys.end(keys.corrects, keys.hash);
    this.learn(event);
    const corrects = event.corrects === event.event_key ? null : event.corrects;
    const cause = corrects === null ? null : this.takeBack(corrects, named?.seq ?? null, now);
    const counts = !this.recent.isRetracted(event.event_key);
    const takesBack = event.kind === "cancel" && event.corrects !== null;
    const moved = takesBack || !counts ? null : this.book.apply(event, now);
    this.append(event, cause ?? moved, now);
    if (event.kind === "sale" && counts) this.recent.add(event, now);
    if (input.raw !== undefined) this.raw.add(seq, JSON.stringify(input.raw));
    return seq;
  }

  /**
   * Which turn of its key an event is, from 0; `null` for a repeat. A key ends when what it names is taken back, as
   * when a block is orphaned, and its next telling is an event of its own. The key of the take-back ends with that, so
   * that telling the same history again leads to the same end; a batch that is sent again whole is a repeat.
   */
  private turnOf(eventKey: string, { hash, comesLater }: InputKeys): number | null {
    const known = this.keys.find(hash);
    if (known === null) return 0;
    if (known.ended_by === null || comesLater(known.ended_by)) return null;
    this.keys.end(known.ended_by, hash);
    this.recent.restore(eventKey);
    return known.turn + 1;
  }

  /** Writes an event, with the change of the floor if the book's lowest listing is another one now. */
  private append(event: MarketEvent, cause: FloorCause | null, now: number, open_at = now): void {
    if (cause !== null) event.floor_change = this.floorChange(cause, event.occurred_at, open_at);
    this.log.append(event.seq, JSON.stringify(event), now);
  }

  private floorChange(cause: FloorCause, at: string, now: number): FloorChange | null {
    const previous = this.facts.get("floor");
    const floor = this.book.floor(this.facts.get("unit"), now);
    const same = floor?.order_id === previous?.order_id;
    if (floor?.schedule !== undefined || same) this.facts.set("floor_at", now);
    if (same && floor?.price === previous?.price) return null;
    // What happened to other listings did not move the price of this one.
    const moves = same && floor?.schedule !== undefined && previous?.schedule !== undefined;
    const change: FloorChange = {
      cause: moves && cause !== "reprice" ? "price_over_time" : cause,
      at,
      floor,
      previous,
    };
    this.facts.set("floor", floor);
    this.facts.set("floor_at", now);
    this.facts.set("floor_change", change);
    return change;
  }

  /**
   * Takes an event out of the last day's sales and out of the book; that it no longer counts in figures is
   * settled in Postgres.
   */
  private takeBack(eventKey: string, seq: number | null, now: number): FloorCause | null {
    this.recent.retract(eventKey, seq, now);
    return this.book.takeBack(eventKey, now) ? "correction" : null;
  }

  private learn(event: MarketEvent): void {
    if (event.simulated) this.facts.set("simulated", true);
    const tells = event.price !== null && (event.kind === "sale" || event.kind === "listing");
    if (tells && event.currency !== null && this.facts.get("unit") === null)
      this.facts.set("unit", unitOf(event.currency));
  }

  /**
   * Closes what has run out, and tells of the floor's listings one by one, each at the instant at which it ran out: whoever
   * notices it later, or looks at the history again, finds the same instant.
   */
  private expireListings(now: number): void {
    for (let moves = 0; ; ) {
      const previous = this.facts.get("floor");
      const ended = previous === null ? null : this.book.expiryOf(previous.order_id);
      const moved = this.nextPriceChange();
      if (moved !== null && moved <= now && (ended === null || moved < ended)) {
        moves += 1;
        // After long away the steps between are left out: one call has an end, and the floor is right at it.
        const latest = ended === null ? now : Math.min(now, ended - 1);
        this.movePrice(moves <= MOST_PRICE_MOVES ? moved : latest, now);
        continue;
      }
      if (previous === null || ended === null || ended > now) break;
      this.book.expire(ended);
      const seq = this.log.head + 1;
      const key = `expiry:${this.log.epoch}:${seq}`;
      const at = { occurred_at: isoTime(ended), received_at: isoTime(now) };
      const event = roomEvent(
        key,
        "cancel",
        this.facts.get("slug"),
        previous,
        this.facts.get("simulated"),
        at,
      );
      this.append({ ...event, epoch: this.log.epoch, seq }, "expiry", now, ended);
    }
    this.book.expire(now);
  }

  /** When time alone can next make another floor: by a price that moves, or by a listing that opens later. */
  nextPriceChange(): number | null {
    const floor = this.facts.get("floor");
    return this.book.nextChange(this.facts.get("unit"), floor, this.facts.get("floor_at") ?? 0);
  }

  /** Looks at the floor as of `at`; where it is another one, a numbered event of the room's own says so. */
  private movePrice(at: number, now: number): void {
    this.book.expire(at);
    const previous = this.facts.get("floor");
    const floor = this.book.floor(this.facts.get("unit"), at);
    const shown = floor ?? previous;
    if (shown === null || (floor?.order_id === previous?.order_id && floor?.price === previous?.price)) {
      this.facts.set("floor_at", at);
      return;
    }
    const seq = this.log.head + 1;
    const times = { occurred_at: isoTime(at), received_at: isoTime(now) };
    const key = `price:${this.log.epoch}:${seq}`;
    const event = roomEvent(
      key,
      "metadata",
      this.facts.get("slug"),
      shown,
      this.facts.get("simulated"),
      times,
    );
    this.append({ ...event, epoch: this.log.epoch, seq }, "price_over_time", now, at);
  }

  /** The clocks of two calls that run at once may differ by a moment; the log's goes forward. */
  private time(): number {
    const now = this.now();
    const last = this.log.writtenAt(this.log.head) ?? now;
    return last > now && last - now <= LONGEST_STEP_BACK_MS ? last : now;
  }

  private atomically<T>(work: () => T): T {
    try {
      return this.sql.transaction(work);
    } catch (error) {
      // What the storage rolled back must not live on in memory.
      this.log.reload();
      this.facts.reload();
      this.stored.reload();
      throw error;
    }
  }
}

/** How many steps of prices that move by themselves one call catches up with. */
const MOST_PRICE_MOVES = 200;

/** Hashes of the keys of an event, and whether one of another key comes after it in its batch. */
interface InputKeys {
  hash: string;
  corrects: string | null;
  comesLater(hash: string): boolean;
}

/**
 * The room's own word that time moved the floor: a `cancel` of the listing that ran out, or `metadata`, which counts
 * in no figure, where a price moved.
 */
function roomEvent(
  event_key: string,
  kind: "cancel" | "metadata",
  collection: string,
  listing: Floor,
  simulated: boolean,
  at: Pick<MarketEvent, "occurred_at" | "received_at">,
): Omit<MarketEvent, "epoch" | "seq"> {
  return {
    event_key,
    kind,
    collection,
    token_id: listing.token_id,
    price: null,
    price_basis: "item",
    total_price: null,
    currency: null,
    price_usd: null,
    quantity: "1",
    from: null,
    to: null,
    tx_hash: null,
    end_price: null,
    starts_at: null,
    block_number: null,
    log_index: null,
    order_id: listing.order_id,
    marketplace: listing.marketplace,
    source: "room",
    simulated,
    corrects: null,
    corrected: [],
    ...at,
    expires_at: null,
    floor_change: null,
  };
}
