import type { z } from "zod";
import type { Position, SubscribeFrame } from "../../../shared/contracts/live.ts";
import type { LiveSubscription, ResetNotice } from "./live-types.ts";

/** Asking again this often without getting further means that this connection will not do. */
const MAX_FRUITLESS = 3;

/** Where one subscription stands: what the application has, and what the server still owes. */
export class LiveTrack {
  subscription: LiveSubscription;
  /** The last position whose handlers have run. */
  position: Position | null;
  /** Kept until its snapshot is applied, over reconnects as well: the application must hear of the hole. */
  reset: ResetNotice | null = null;
  refused = false;
  /** Subscriptions sent and not answered. Events in between belong to the one before, perhaps to another filter. */
  #asked = 0;
  /** Whether it was asked for on this connection at all. */
  #current = false;
  #head = 0;
  #fruitless = 0;

  constructor(subscription: LiveSubscription) {
    this.subscription = subscription;
    this.position = subscription.from ?? null;
  }

  get filtered(): boolean {
    return this.subscription.kinds !== undefined || this.subscription.min_price !== undefined;
  }

  get awaitsAnswer(): boolean {
    return !this.#current || this.#asked > 0;
  }

  /** Nothing is owed: what comes now is news. */
  get settled(): boolean {
    return (
      !this.awaitsAnswer && this.reset === null && this.position !== null && this.position.seq >= this.#head
    );
  }

  /** The frame that asks for everything after the position. */
  ask(): z.input<typeof SubscribeFrame> {
    this.#asked += 1;
    this.#current = true;
    this.refused = false;
    const { collection, kinds, min_price } = this.subscription;
    return { op: "subscribe", collection, kinds, min_price, from: this.position ?? undefined };
  }

  /** One more try on the same connection; false when it has had enough. */
  mayAskAgain(): boolean {
    this.#fruitless += 1;
    return this.#fruitless <= MAX_FRUITLESS;
  }

  /** The server goes on from the position, up to `head` at once. */
  answered(head: number): void {
    this.#asked = Math.max(0, this.#asked - 1);
    this.refused = false;
    this.#head = head;
  }

  moveTo(position: Position): void {
    this.position = position;
    this.#fruitless = 0;
  }

  /** A new connection owes nothing for what was asked on the last one. */
  disconnect(): void {
    this.#asked = 0;
    this.#current = false;
    this.#head = 0;
    this.#fruitless = 0;
  }
}
