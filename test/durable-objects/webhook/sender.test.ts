import { NeonDbError } from "@neondatabase/serverless";
import { expect, it } from "vitest";
import { Sender, type SenderMemory } from "../../../durable-objects/webhook/sender.ts";
import { createLog } from "../../../shared/platform/log.ts";
import type { ClaimedDelivery, Endpoint } from "../../../shared/webhooks/claim-deliveries.ts";
import type { Outcome } from "../../../shared/webhooks/outcome.ts";
import type { Attempt, FailureKind } from "../../../shared/webhooks/send.ts";
import type { Standing } from "../../../shared/webhooks/standing.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const SCHEDULE = [0, 5000, 300_000];

type Row = Omit<ClaimedDelivery, "leased_until"> & {
  leased_until: number;
  status: string;
};

interface Options {
  ordered?: boolean;
  filter?: Endpoint["filter"];
  /** What the endpoint answers; a promise keeps the attempt under way. */
  answer?(id: string): FailureKind | null | Promise<FailureKind | null>;
}

/** A sender over a table in memory and a clock that the test moves; what was under way when it `dies` is gone. */
class Scene {
  now = START;
  readonly rows = new Map<string, Row>();
  readonly sent: { id: string; at: number }[] = [];
  readonly outcomes: Outcome[] = [];
  memory: SenderMemory | null = null;
  alarmAt = Number.POSITIVE_INFINITY;
  claims = 0;
  timers: { at: number; ring(): void }[] = [];
  pace = 0;
  underWay = 0;
  mostUnderWay = 0;
  databaseAway = false;
  losesAnswer = false;
  disabled = false;
  deleted = false;
  standing: Standing = {
    status: "active",
    permissions: new Set(["webhooks:write", "market:read"]),
    key: null,
  };
  standingsRead = 0;
  sender: Sender;
  #life = 0;
  readonly #options: Options;

  constructor(options: Options = {}) {
    this.#options = options;
    this.sender = this.live();
  }

  add(id: string, partial: Partial<Row> = {}): void {
    this.rows.set(id, {
      id,
      message_id: `msg-${id}`,
      cause: "event",
      attempts: 0,
      type: "market.sale",
      occurred_at: "2026-01-01T00:00:00.000Z",
      expires_at: null,
      data: '{"price":"1"}',
      next_attempt_at: this.now,
      leased_until: 0,
      collection: "punks",
      status: "pending",
      ...partial,
    });
  }

  /** A new life of the object over the same database, memory and alarm. */
  live(): Sender {
    this.#life += 1;
    const life = this.#life;
    const unlessDead = <T>(value: T): T | Promise<never> =>
      life === this.#life ? value : new Promise<never>(() => {});
    this.sender = new Sender({
      now: () => this.now,
      random: () => 0.5,
      log: createLog("error", {}, undefined, () => {}),
      memory: {
        load: () => this.memory,
        save: (memory) => {
          this.memory = memory;
        },
        forget: () => {
          this.memory = null;
        },
      },
      claim: async (_id, { limit, now, leased_until, inherit }) => {
        this.claims += 1;
        await unlessDead(null);
        if (this.databaseAway) throw new NeonDbError("away");
        const lost = this.losesAnswer;
        this.losesAnswer = false;
        const pending = [...this.rows.values()].filter(({ status }) => status === "pending");
        const isDue = (row: Row) =>
          row.next_attempt_at <= now && (inherit?.includes(row.id) === false || row.leased_until <= now);
        const before = (row: Row) =>
          this.#options.ordered
            ? pending.slice(0, pending.indexOf(row)).filter(({ collection }) => collection === row.collection)
            : [];
        const open = pending.filter((row) => before(row).every(isDue));
        const taken = open.filter(isDue).slice(0, limit);
        for (const row of taken) row.leased_until = leased_until;
        if (lost) throw new NeonDbError("the answer was lost");
        const dues = open.filter((row) => row.leased_until <= now).map((row) => row.next_attempt_at);
        return {
          endpoint: this.deleted ? null : this.#endpoint(),
          deliveries: taken.map((row) => ({ ...row })),
          next_due: dues.length === 0 ? null : Math.min(...dues),
          withheld: 0,
        };
      },
      readStanding: async () => {
        this.standingsRead += 1;
        return this.standing;
      },
      settle: async (_id, outcomes) => {
        await unlessDead(null);
        if (this.databaseAway) throw new NeonDbError("away");
        for (const outcome of outcomes) this.#settle(outcome);
        if (this.disabled)
          for (const row of this.rows.values()) if (row.status === "pending") row.status = "cancelled";
        return { disabled: this.disabled };
      },
      send: async (_endpoint, { id, message_id }) => {
        this.sent.push({ id, at: this.now });
        this.underWay += 1;
        this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
        const error = (await this.#options.answer?.(id)) ?? null;
        await unlessDead(null);
        this.underWay -= 1;
        return anAttempt(message_id, this.now, error);
      },
      wakeAt: (time) => {
        this.alarmAt = Math.min(this.alarmAt, time);
      },
      later: () => {},
      wait: (ms) => new Promise((resolve) => this.timers.push({ at: this.now + ms, ring: resolve })),
      pace: () => this.pace,
      schedule: SCHEDULE,
    });
    return this.sender;
  }

  /** The object is gone with all that it had under way; its alarm and its storage stay. */
  die(): void {
    this.underWay = 0;
    this.timers = [];
    this.live();
  }

  async wake(asked = false): Promise<void> {
    this.sender.wake("hook", null, asked);
    await settle();
  }

  get #next(): number {
    return Math.min(this.alarmAt, ...this.timers.map(({ at }) => at));
  }

  /** Moves the clock to what comes next, an alarm or the end of a wait. */
  async ring(): Promise<void> {
    this.now = Math.max(this.now, this.#next);
    const over = this.timers.filter(({ at }) => at <= this.now);
    this.timers = this.timers.filter(({ at }) => at > this.now);
    for (const { ring } of over) ring();
    if (this.alarmAt <= this.now) {
      this.alarmAt = Number.POSITIVE_INFINITY;
      this.sender.alarm();
    }
    await settle();
  }

  async ringUntil(time: number): Promise<void> {
    while (this.#next <= time) await this.ring();
    this.now = time;
  }

  statuses(): string[] {
    return [...this.rows.values()].map(({ status }) => status);
  }

  #endpoint(): Endpoint {
    const { filter = null, ordered = false } = this.#options;
    const sealed = { headers: null, secret: "", previous_secret: null, previous_secret_until: null };
    return {
      id: "hook",
      url: "https://hooks.example.com/",
      filter,
      ordered,
      standing: this.standing,
      ...sealed,
    };
  }

  #settle(outcome: Outcome): void {
    this.outcomes.push(outcome);
    const row = this.rows.get(outcome.delivery.id);
    if (row?.leased_until !== outcome.delivery.leased_until || row.status !== "pending") return;
    Object.assign(row, { status: outcome.status, attempts: outcome.attempts, leased_until: 0 });
    row.next_attempt_at = outcome.next_attempt_at ?? 0;
  }
}

function anAttempt(id: string, at: number, error: FailureKind | null): Attempt {
  return {
    at,
    duration_ms: 1,
    url: "https://hooks.example.com/",
    request_headers: { "webhook-id": id },
    request_body: "{}",
    response_status: error === null ? 200 : null,
    response_headers: null,
    response_body: null,
    error,
    error_detail: error,
    retry_after_ms: null,
    trace_id: "t",
  };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 400; i++) await Promise.resolve();
}

const never = () => new Promise<never>(() => {});

it("sends everything that is due, each once, a few at a time", async () => {
  const scene = new Scene();
  for (let i = 0; i < 50; i++) scene.add(`d${i}`);
  await scene.wake();
  expect(new Set(scene.sent.map(({ id }) => id)).size).toBe(50);
  expect(scene.sent).toHaveLength(50);
  expect(scene.statuses().every((status) => status === "delivered")).toBe(true);
  expect(scene.mostUnderWay).toBe(4);
});

it("tries again by the schedule and gives up after the last", async () => {
  const scene = new Scene({ answer: () => "connection" });
  scene.add("a");
  await scene.wake();
  await scene.ringUntil(START + 3_600_000);
  expect(scene.sent.map(({ at }) => at - START)).toEqual([0, 5000, 305_000]);
  expect(scene.statuses()).toEqual(["failed"]);
});

it("goes on with the other slots while attempts hang, and takes no more than it can begin in time", async () => {
  const scene = new Scene({ answer: (id) => (id.startsWith("hang") ? never() : null) });
  for (const id of ["quick1", "quick2", "hang1", "hang2", "hang3"]) scene.add(id);
  for (let i = 3; i <= 20; i++) scene.add(`quick${i}`);
  await scene.wake();
  expect(scene.outcomes).toHaveLength(20);
  expect(scene.underWay).toBe(3);
});

it("sends again what a former life had taken, as soon as it lives again", async () => {
  let hangs = true;
  const scene = new Scene({ answer: () => (hangs ? never() : null) });
  for (const id of ["a", "b", "c"]) scene.add(id);
  await scene.wake();
  expect(scene.sent).toHaveLength(1);
  scene.die();
  hangs = false;
  await scene.ring();
  expect(scene.now - START).toBeLessThanOrEqual(20_000);
  expect(scene.statuses()).toEqual(["delivered", "delivered", "delivered"]);
});

it("takes anew what a claim took of which the answer was lost, and nothing that is under way", async () => {
  const scene = new Scene({ answer: (id) => (id === "hang" ? never() : null) });
  for (const id of ["quick", "hang"]) scene.add(id);
  await scene.wake();
  scene.add("a");
  scene.losesAnswer = true;
  await scene.wake();
  expect(scene.sent.map(({ id }) => id)).toEqual(["quick", "hang"]);
  await scene.ringUntil(START + 2000);
  expect(scene.sent.map(({ id }) => id)).toEqual(["quick", "hang", "a"]);
});

it("hears a wake that comes while it is asking the database", async () => {
  const scene = new Scene();
  scene.sender.wake("hook", null);
  scene.add("late");
  scene.sender.wake("hook", null);
  await settle();
  expect(scene.statuses()).toEqual(["delivered"]);
});

it("goes on trying while the database is away, ever more seldom, and loses nothing", async () => {
  const scene = new Scene();
  scene.add("a");
  scene.databaseAway = true;
  await scene.wake();
  await scene.ringUntil(START + 600_000);
  expect(scene.sent).toEqual([]);
  expect(scene.claims).toBeGreaterThan(100);
  expect(scene.claims).toBeLessThan(400);
  scene.databaseAway = false;
  await scene.ringUntil(START + 605_000);
  expect(scene.statuses()).toEqual(["delivered"]);
});

it("pauses an endpoint that fails five times in a row, then tries one at a time until one succeeds", async () => {
  let healthy = false;
  const scene = new Scene({ answer: () => (healthy ? null : "connection") });
  for (let i = 0; i < 40; i++) scene.add(`d${i}`);
  await scene.wake();
  const first = scene.sent.length;
  expect(first).toBeGreaterThanOrEqual(5);
  expect(first).toBeLessThanOrEqual(8);
  await scene.ringUntil(START + 4999);
  expect(scene.sent).toHaveLength(first);
  await scene.ringUntil(START + 5000);
  expect(scene.sent).toHaveLength(first + 1);
  await scene.ringUntil(START + 14_999);
  expect(scene.sent).toHaveLength(first + 1);
  healthy = true;
  await scene.ringUntil(START + 1_000_000);
  expect(scene.statuses().every((status) => status === "delivered")).toBe(true);
});

it("tries one attempt at once where the owner asks, although the endpoint rests after failures", async () => {
  let healthy = false;
  const scene = new Scene({ answer: () => (healthy ? null : "connection") });
  for (let i = 0; i < 30; i++) scene.add(`d${i}`);
  await scene.wake();
  const first = scene.sent.length;
  await scene.wake();
  expect(scene.sent).toHaveLength(first);
  await scene.wake(true);
  expect(scene.sent).toHaveLength(first + 1);
  await scene.wake();
  expect(scene.sent).toHaveLength(first + 1);
  healthy = true;
  await scene.wake(true);
  expect(scene.sent.length).toBeGreaterThan(first + 10);
});

it("gives an endpoint one attempt at a time until it has taken one, and lets it rest after a time-out", async () => {
  const waiting: ((error: FailureKind | null) => void)[] = [];
  const scene = new Scene({ answer: () => new Promise((resolve) => waiting.push(resolve)) });
  for (let i = 0; i < 20; i++) scene.add(`d${i}`);
  await scene.wake();
  expect(scene.underWay).toBe(1);
  for (const underWay of [2, 4, 4]) {
    for (const answer of waiting.splice(0)) answer(null);
    await settle();
    expect(scene.underWay).toBe(underWay);
  }
  for (const answer of waiting.splice(0)) answer("timeout");
  await settle();
  expect(scene.underWay).toBe(0);
  await scene.ringUntil(START + 2249);
  expect(scene.underWay).toBe(0);
  await scene.ringUntil(START + 2250);
  expect(scene.underWay).toBeGreaterThan(0);
});

it("stores nothing of a short rest, and what was left then is found by the guard", async () => {
  const scene = new Scene({ answer: () => "timeout" });
  for (let i = 0; i < 20; i++) scene.add(`d${i}`);
  await scene.wake();
  expect(scene.sent).toHaveLength(1);
  expect(scene.memory?.circuit.failures).toBe(0);
  expect(scene.alarmAt - START).toBeGreaterThanOrEqual(15_000);
  expect(scene.alarmAt - START).toBeLessThanOrEqual(20_000);
  scene.die();
  await scene.ring();
  expect(scene.now - START).toBeLessThanOrEqual(20_000);
  expect(scene.sent).toHaveLength(2);
});

it("lets an endpoint that fails wait for its place before each question, and one that works for none", async () => {
  let healthy = false;
  const scene = new Scene({ answer: () => (healthy ? null : "connection") });
  scene.pace = 100;
  for (const id of ["a", "b"]) scene.add(id);
  await scene.wake();
  expect(scene.sent).toHaveLength(1);
  expect(scene.outcomes).toHaveLength(0);
  await scene.ringUntil(START + 100);
  expect(scene.outcomes).toHaveLength(1);
  healthy = true;
  await scene.ringUntil(START + 10_000);
  expect(scene.statuses()).toEqual(["delivered", "delivered"]);
  const before = scene.now;
  for (let i = 0; i < 20; i++) scene.add(`later${i}`);
  await scene.wake();
  expect(scene.now).toBe(before);
  expect(scene.statuses().every((status) => status === "delivered")).toBe(true);
});

it("remembers the pause when the object was gone meanwhile", async () => {
  const scene = new Scene({ answer: () => "connection" });
  for (let i = 0; i < 40; i++) scene.add(`d${i}`);
  await scene.wake();
  const { length } = scene.sent;
  scene.die();
  await scene.wake();
  expect(scene.sent).toHaveLength(length);
});

it("keeps the order within a collection through failures, while other collections go on", async () => {
  const answers = new Map([["a2", ["connection" as const]]]);
  const scene = new Scene({ ordered: true, answer: (id) => answers.get(id)?.shift() ?? null });
  for (const id of ["a1", "a2", "a3"]) scene.add(id, { collection: "a" });
  for (const id of ["b1", "b2"]) scene.add(id, { collection: "b" });
  await scene.wake();
  expect(scene.statuses()).toEqual(["delivered", "pending", "pending", "delivered", "delivered"]);
  await scene.ringUntil(START + 60_000);
  const ofA = scene.sent.map(({ id }) => id).filter((id) => id.startsWith("a"));
  expect(ofA).toEqual(["a1", "a2", "a2", "a3"]);
});

it("with order sends a run of a collection by one claim, each once the one before was taken", async () => {
  const scene = new Scene({ ordered: true });
  for (let n = 0; n < 40; n++) scene.add(`a${n}`, { collection: "a" });
  await scene.wake();
  expect(scene.sent.map(({ id }) => id)).toEqual([...scene.rows.keys()]);
  expect(scene.mostUnderWay).toBe(1);
  expect(scene.claims).toBeLessThan(10);
});

it("with order sends again in order what a former life had sent and not recorded", async () => {
  let hangs = true;
  const scene = new Scene({ ordered: true, answer: (id) => (id === "a4" && hangs ? never() : null) });
  for (let n = 0; n < 8; n++) scene.add(`a${n}`, { collection: "a" });
  await scene.wake();
  expect(scene.sent.at(-1)?.id).toBe("a4");
  hangs = false;
  scene.die();
  await scene.ring();
  expect(scene.sent.slice(-4).map(({ id }) => id)).toEqual(["a4", "a5", "a6", "a7"]);
  expect(scene.statuses().every((status) => status === "delivered")).toBe(true);
});

it("is served within 10 s of the database being back, also where what it sent waited to be recorded", async () => {
  const scene = new Scene();
  for (let n = 0; n < 5; n++) scene.add(`d${n}`);
  await scene.wake();
  scene.add("late");
  scene.databaseAway = true;
  await scene.wake();
  await scene.ringUntil(START + 300_000);
  scene.databaseAway = false;
  await scene.ringUntil(START + 310_000);
  expect(scene.statuses().every((status) => status === "delivered")).toBe(true);
});

it("drops what is worthless by now and what the filter does not want, without sending; a test is sent all the same", async () => {
  const scene = new Scene({ filter: { min_price: "2" } });
  scene.add("late", { expires_at: START });
  scene.add("cheap");
  scene.add("dear", { data: '{"price":"2.0"}' });
  scene.add("test", { cause: "test", type: "webhook.test", data: "{}", expires_at: START - 1 });
  await scene.wake();
  expect(scene.statuses()).toEqual(["expired", "skipped", "delivered", "delivered"]);
  expect(scene.sent.map(({ id }) => id)).toEqual(["dear", "test"]);
});

it("sends nothing more of what it had taken once the endpoint is disabled", async () => {
  const scene = new Scene({ answer: () => "connection" });
  for (let i = 0; i < 16; i++) scene.add(`d${i}`);
  scene.disabled = true;
  await scene.wake();
  expect(scene.sent.length).toBeLessThanOrEqual(8);
  await scene.ringUntil(START + 59_000);
  expect(scene.sent.length).toBeLessThanOrEqual(8);
});

it("forgets an endpoint that was deleted", async () => {
  const scene = new Scene();
  scene.deleted = true;
  await scene.wake();
  expect(scene.memory).toBeNull();
  const { claims } = scene;
  await scene.ring();
  expect(scene.claims).toBe(claims);
});

it("hands back what it could not begin within its lease, and takes it again at once", async () => {
  const waiting: (() => void)[] = [];
  const scene = new Scene({
    answer: (id) =>
      id.startsWith("quick") ? null : new Promise<null>((resolve) => waiting.push(() => resolve(null))),
  });
  for (const id of ["quick1", "quick2", "quick3"]) scene.add(id);
  await scene.wake();
  scene.sent.length = 0;
  const ids = ["d0", "d1", "d2", "d3", "d4"];
  for (const id of ids) scene.add(id);
  await scene.wake();
  scene.now += 40_000;
  for (const release of waiting.splice(0)) release();
  await settle();
  expect(scene.sent.map(({ id }) => id)).toEqual(ids);
  const back = scene.outcomes.find(({ delivery }) => delivery.id === "d4");
  expect(back).toMatchObject({ status: "pending", attempts: 0, attempt: null });
});

it("reads again what the endpoint may be sent where that was read a while ago, once for all that wait", async () => {
  const finish: (() => void)[] = [];
  const hold = () => new Promise<null>((resolve) => finish.push(() => resolve(null)));
  const scene = new Scene({ answer: (id) => (id.startsWith("slow") ? hold() : null) });
  for (const id of ["one", "two", "three"]) scene.add(id);
  for (let n = 0; n < 8; n++) scene.add(`slow-${n}`);
  await scene.wake();
  expect([scene.underWay, scene.standingsRead]).toEqual([4, 0]);
  scene.standing = { ...scene.standing, status: "suspended" };
  scene.now += 6000;
  for (const end of finish.splice(0)) end();
  await settle();
  await settle();
  expect(scene.standingsRead).toBe(1);
  expect(scene.sent).toHaveLength(7);
  expect(scene.statuses().filter((status) => status === "withheld")).toHaveLength(4);
});
