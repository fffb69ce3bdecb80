import { z } from "zod";
import { retryDelay } from "../../shared/db/retry-delay.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { beginWork, type Work } from "../../shared/platform/work.ts";
import type {
  Claim,
  ClaimedDelivery,
  ClaimRequest,
  Endpoint,
} from "../../shared/webhooks/claim-deliveries.ts";
import { passesFilter } from "../../shared/webhooks/filter.ts";
import { type Outcome, outcomeOf, released, unsent } from "../../shared/webhooks/outcome.ts";
import type { Attempt } from "../../shared/webhooks/send.ts";
import { type Standing, whyWithheld } from "../../shared/webhooks/standing.ts";
import { Circuit, CircuitState, FAILURES } from "./circuit.ts";
import { Recorder } from "./recorder.ts";

/** What the object keeps between two lives. */
export const SenderMemory = z.object({ webhook_id: z.string(), circuit: CircuitState });
export type SenderMemory = z.infer<typeof SenderMemory>;

export interface SenderDeps {
  now: Clock;
  random(): number;
  log: Log;
  memory: { load(): SenderMemory | null; save(memory: SenderMemory): void; forget(): void };
  claim(webhook_id: string, request: ClaimRequest): Promise<Claim>;
  /** What the endpoint may be sent now; `null` where it was deleted. */
  readStanding(webhook_id: string): Promise<Standing | null>;
  /** Answers whether the endpoint is disabled by it. */
  settle(webhook_id: string, outcomes: Outcome[]): Promise<{ disabled: boolean }>;
  /** Tries once; every outcome is an answer. */
  send(endpoint: Endpoint, delivery: ClaimedDelivery, work: Work): Promise<Attempt>;
  /** Calls `alarm` at this time, or earlier where that was asked for. */
  wakeAt(time: number): void;
  later(work: Promise<unknown>): void;
  wait(ms: number): Promise<void>;
  /** How long an endpoint that fails waits before it asks the database, in ms, so that it stands before no other. */
  pace(): number;
  /** Waits before each attempt, in ms. */
  schedule: readonly number[];
}

/** Attempts under way at once, so that a flood fills neither the endpoint nor the runtime's six connections. */
const CONCURRENCY = 4;
/** Deliveries taken at once; less than what a hanging endpoint would let run out of its lease. */
const BATCH = 16;
/** The same with order, where one after the other is sent: fewer questions to the database for each message. */
const ORDERED_BATCH = 48;
/** Sent and not yet recorded. */
const MOST_UNRECORDED = 64;
const LEASE_MS = 60_000;
/** A lease with less left than one attempt takes is let go. */
const ENOUGH_LEASE_MS = 35_000;
/** An object that dies at work is brought back by its alarm; up to a quarter earlier, so that many do not write at once. */
const GUARD_MS = 20_000;
/** A rest that is no longer is kept in memory alone: what is stored costs a write, and a former life may forget it. */
const SHORT_REST_MS = 15_000;
/** What an endpoint may be sent is read with each claim, and again for what was taken longer ago than this. */
const FRESH_STANDING_MS = 5000;
/** Somebody may hold the row that is due. */
const LOOK_AGAIN_MS = 1000;

/**
 * Sends what is due to one endpoint: takes deliveries from Postgres under a lease, a few at once, records what became
 * of them, and sleeps until the next is due. It keeps nothing that Postgres does not know: whenever it dies, what it
 * had taken is sent again.
 */
export class Sender {
  readonly #deps: SenderDeps;
  readonly #circuit: Circuit;
  readonly #recorder: Recorder;
  #webhook_id: string | null;
  #traceparent: string | null = null;
  #endpoint: Endpoint | null = null;
  #standing: { at: number; read: Promise<Standing | null> } | null = null;
  #taken: ClaimedDelivery[] = [];
  #sending = 0;
  #unrecorded = 0;
  #claiming = false;
  /** Something may be due that was not taken yet. */
  #mayBeDue = false;
  /** Taken and not yet settled. */
  readonly #held = new Map<string, ClaimedDelivery>();
  /** With order: collections of which one is under way, so that the next must wait. */
  readonly #busy = new Set<string>();
  /**
   * Until then, whatever is leased and not held was taken by a former life, or by a claim that went wrong and may
   * have been heard later than it was given up.
   */
  #inheritsUntil: number;
  /** When the last lease runs out of those that were taken and not tried. */
  #letGoUntil = 0;
  #failedClaims = 0;
  #claimAgainAt = 0;
  /** What is stored of the circuit. */
  #savedFailures: number;
  #resting = false;

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#inheritsUntil = deps.now() + LEASE_MS;
    const memory = deps.memory.load();
    this.#webhook_id = memory?.webhook_id ?? null;
    this.#circuit = new Circuit(memory?.circuit ?? null, deps.random);
    this.#savedFailures = memory?.circuit.failures ?? 0;
    this.#recorder = new Recorder({
      record: (outcomes) => this.#settle(outcomes),
      wait: deps.wait,
      random: deps.random,
      log: deps.log,
    });
  }

  /** Something may be due, and where the owner asked, a pause is over. Answers at once; the work goes on. */
  wake(webhook_id: string, traceparent: string | null, asked = false): void {
    if (asked) this.#circuit.tryNow();
    if (this.#webhook_id === null) {
      this.#webhook_id = webhook_id;
      this.#save();
    }
    this.#traceparent = traceparent;
    this.#mayBeDue = true;
    this.#guard();
    this.#fill();
  }

  /** Time has come for what is due next, or for what a former life left behind. Running it twice does no harm. */
  alarm(): void {
    if (this.#webhook_id === null) return;
    this.#traceparent = null;
    this.#mayBeDue = true;
    if (this.#sending > 0 || this.#unrecorded > 0) this.#guard();
    this.#fill();
  }

  get #free(): number {
    return this.#circuit.sends(this.#deps.now(), CONCURRENCY) - this.#sending;
  }

  get #mayTake(): boolean {
    const few = this.#taken.length < CONCURRENCY && this.#unrecorded < MOST_UNRECORDED;
    return this.#mayBeDue && !this.#claiming && this.#free > 0 && few;
  }

  /** Starts what may be started, and takes more where little is left. */
  #fill(): void {
    let starts = true;
    while (starts && this.#free > 0 && this.#unrecorded < MOST_UNRECORDED) starts = this.#start();
    if (!this.#mayBeDue && this.#taken.length === 0) return;
    const { now, wakeAt } = this.#deps;
    const { until } = this.#circuit.state;
    if (this.#claimAgainAt > now()) wakeAt(Math.max(this.#claimAgainAt, until));
    else if (until > now()) this.#restUntil(until);
    else if (this.#mayTake) this.#deps.later(this.#claim());
  }

  #guard(): void {
    const { now, random, wakeAt } = this.#deps;
    wakeAt(now() + GUARD_MS * (1 - random() / 4));
  }

  #restUntil(time: number): void {
    const { now, later, wait, wakeAt } = this.#deps;
    const left = time - now();
    // Should the object be gone before a short one is over, the alarm of the guard finds what is due.
    if (left > SHORT_REST_MS) wakeAt(time);
    else this.#guard();
    if (left > SHORT_REST_MS || this.#resting) return;
    this.#resting = true;
    later(
      wait(left).then(() => {
        this.#resting = false;
        this.#fill();
      }),
    );
  }

  async #claim(): Promise<void> {
    const { now, log, random, wakeAt } = this.#deps;
    if (this.#webhook_id === null) return;
    this.#claiming = true;
    await this.#giveWay();
    // Before the question: a wake that comes while it is asked counts.
    this.#mayBeDue = false;
    // A circuit that tries one attempt takes one.
    const limit = this.#circuit.takes(now(), this.#endpoint?.ordered ? ORDERED_BATCH : BATCH);
    const inherit = now() < this.#inheritsUntil ? [...this.#held.keys()] : null;
    const request = { limit, now: now(), leased_until: now() + LEASE_MS, inherit };
    try {
      const { endpoint, deliveries, next_due, withheld } = await this.#deps.claim(this.#webhook_id, request);
      this.#failedClaims = 0;
      this.#endpoint = endpoint;
      this.#standing = { at: request.now, read: Promise.resolve(endpoint?.standing ?? null) };
      if (withheld > 0) log.info("messages were withheld: the endpoint may not be sent them", { withheld });
      this.#taken.push(...deliveries);
      for (const delivery of deliveries) this.#held.set(delivery.id, delivery);
      if (endpoint === null) this.#forget();
      else if (next_due !== null) this.#planFor(next_due, deliveries.length + withheld > 0);
      if (this.#letGoUntil > now()) wakeAt(this.#letGoUntil);
    } catch (error) {
      this.#failedClaims += 1;
      // It may have been heard although its answer was lost.
      this.#inheritsUntil = now() + LEASE_MS;
      this.#mayBeDue = true;
      this.#claimAgainAt = now() + retryDelay(this.#failedClaims, error, random());
      log.error("deliveries were not taken", { failures: this.#failedClaims, error: describeError(error) });
    }
    this.#claiming = false;
    this.#fill();
  }

  /** Lets endpoints that work go first. */
  async #giveWay(): Promise<void> {
    const wait = this.#circuit.fails ? this.#deps.pace() : 0;
    if (wait > 0) await this.#deps.wait(wait);
  }

  #planFor(due: number, tookSome: boolean): void {
    const now = this.#deps.now();
    if (due > now) this.#deps.wakeAt(due);
    else if (tookSome) this.#mayBeDue = true;
    // Somebody holds its row at this moment.
    else this.#deps.wakeAt(now + LOOK_AGAIN_MS);
  }

  /** Starts the next that may go; answers whether there was one. */
  #start(): boolean {
    const endpoint = this.#endpoint;
    if (endpoint === null) return false;
    const place = this.#taken.findIndex((delivery) => !this.#busy.has(this.#turnOf(endpoint, delivery)));
    const [delivery] = place < 0 ? [] : this.#taken.splice(place, 1);
    if (delivery === undefined) return false;
    this.#busy.add(this.#turnOf(endpoint, delivery));
    this.#sending += 1;
    this.#unrecorded += 1;
    this.#deps.later(this.#deliver(endpoint, delivery));
    return true;
  }

  /** What a delivery must not be under way together with: with order, the others of its collection. */
  #turnOf({ ordered }: Endpoint, { id, collection, cause }: ClaimedDelivery): string {
    return ordered && cause !== "test" ? `collection ${collection}` : id;
  }

  /** Takes those out that wait behind a delivery that must go first. */
  #behind(endpoint: Endpoint, delivery: ClaimedDelivery): ClaimedDelivery[] {
    const turn = this.#turnOf(endpoint, delivery);
    const behind = this.#taken.filter((other) => this.#turnOf(endpoint, other) === turn);
    this.#taken = this.#taken.filter((other) => !behind.includes(other));
    return behind;
  }

  async #deliver(endpoint: Endpoint, delivery: ClaimedDelivery): Promise<void> {
    const work = beginWork(this.#deps.log.with({ delivery: delivery.id }), this.#traceparent);
    const outcome = await this.#decide(endpoint, delivery, work).catch((error: unknown) => {
      work.log.error("a delivery was not tried", { error: describeError(error) });
      return null;
    });
    this.#sending -= 1;
    const turn = this.#turnOf(endpoint, delivery);
    // With order the next may go as soon as this one is taken; what fails may have turned the endpoint off.
    const settled = outcome !== null && outcome.next_attempt_at === null && outcome.status !== "failed";
    if (settled) this.#busy.delete(turn);
    const waiting =
      outcome === null || outcome.next_attempt_at !== null ? this.#behind(endpoint, delivery) : [];
    const given = waiting.map((other) => released(other, "waits for one before it", this.#deps.now()));
    this.#unrecorded += given.length;
    this.#fill();
    await Promise.all(
      [...(outcome === null ? [] : [outcome]), ...given].map((one) => this.#recorder.add(one)),
    );
    if (outcome === null) {
      // Its lease stands; when that has run out, it is taken again.
      this.#letGoUntil = Math.max(this.#letGoUntil, delivery.leased_until);
      this.#deps.wakeAt(delivery.leased_until);
    } else if (outcome.next_attempt_at !== null) {
      if (outcome.next_attempt_at <= this.#deps.now()) this.#mayBeDue = true;
      else this.#deps.wakeAt(outcome.next_attempt_at);
    }
    for (const { id } of [delivery, ...waiting]) this.#held.delete(id);
    this.#unrecorded -= 1 + given.length;
    if (!settled) this.#busy.delete(turn);
    // In an ordered endpoint more of its collection may be taken once all of it that was taken is settled.
    if (endpoint.ordered && !this.#holdsOf(endpoint, turn)) this.#mayBeDue = true;
    this.#fill();
  }

  #holdsOf(endpoint: Endpoint, turn: string): boolean {
    return [...this.#held.values()].some((delivery) => this.#turnOf(endpoint, delivery) === turn);
  }

  /** What becomes of a delivery; `null` where it must be left for later. */
  async #decide(endpoint: Endpoint, delivery: ClaimedDelivery, work: Work): Promise<Outcome | null> {
    const { now, random, schedule } = this.#deps;
    const { cause, type, expires_at } = delivery;
    if (delivery.leased_until - now() < ENOUGH_LEASE_MS)
      return released(delivery, "it was not begun in time", now());
    const withheld = await this.#whyWithheld(delivery);
    if (withheld !== null) return unsent(delivery, "withheld", withheld, now());
    if (cause !== "test" && expires_at !== null && expires_at <= now()) {
      work.log.info("a message was dropped: it is worthless by now", { message_id: delivery.message_id });
      return unsent(delivery, "expired", "the message was worthless before it could be sent", now());
    }
    const asked = cause === "test" || cause === "resend";
    if (!asked && !passesFilter(endpoint.filter, type, JSON.parse(delivery.data)))
      return unsent(delivery, "skipped", "the endpoint's filter does not want it", now());
    const attempt = await this.#deps.send(endpoint, delivery, work);
    this.#note(attempt);
    const outcome = outcomeOf(delivery, attempt, { schedule, random: random(), now: now() });
    work.log.info(attempt.error === null ? "a message was delivered" : "a message was not delivered", {
      message_id: delivery.message_id,
      attempt: outcome.attempts,
      duration_ms: attempt.duration_ms,
      status: attempt.response_status,
      error: attempt.error,
      next_attempt: outcome.next_attempt_reason,
    });
    return outcome;
  }

  /** Why a delivery may not go, by what the endpoint may be sent a few seconds ago at the most. */
  async #whyWithheld(delivery: ClaimedDelivery): Promise<string | null> {
    const now = this.#deps.now();
    if (this.#webhook_id === null) return null;
    if (this.#standing === null || now - this.#standing.at > FRESH_STANDING_MS)
      this.#standing = { at: now, read: this.#deps.readStanding(this.#webhook_id) };
    const asked = this.#standing;
    const standing = await asked.read.catch((error: unknown) => {
      if (this.#standing === asked) this.#standing = null;
      throw error;
    });
    return standing === null ? "the webhook was deleted" : whyWithheld(standing, delivery, now);
  }

  #note(attempt: Attempt): void {
    const now = this.#deps.now();
    if (attempt.error === null) this.#circuit.succeeded();
    else this.#circuit.failed(now, attempt.error);
    const { failures, until } = this.#circuit.state;
    const matters = failures === 0 || failures >= FAILURES || until - now > SHORT_REST_MS;
    if (failures !== this.#savedFailures && matters) this.#save();
  }

  async #settle(outcomes: Outcome[]): Promise<void> {
    if (this.#webhook_id === null) return;
    await this.#giveWay();
    const { disabled } = await this.#deps.settle(this.#webhook_id, outcomes);
    // They are cancelled.
    if (disabled) this.#drop();
  }

  #save(): void {
    if (this.#webhook_id === null) return;
    this.#savedFailures = this.#circuit.state.failures;
    this.#deps.memory.save({ webhook_id: this.#webhook_id, circuit: this.#circuit.state });
  }

  #drop(): void {
    for (const { id } of this.#taken.splice(0)) this.#held.delete(id);
  }

  #forget(): void {
    this.#drop();
    this.#webhook_id = null;
    this.#deps.memory.forget();
  }
}
