import { DurableObject } from "cloudflare:workers";
import type { EngineCtx } from "../shared/alerts/engine-ctx.ts";
import { runEngine } from "../shared/alerts/run-engine.ts";
import type { AlertEngineRpc } from "../shared/contracts/alerts.ts";
import { createDb } from "../shared/db/client.ts";
import { createTransact } from "../shared/db/transaction.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { describeError } from "../shared/platform/errors.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { createSeal } from "../shared/platform/seal.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { alarmTime } from "./alarm-time.ts";

const NAME = "name";
/** Wakes that come together are one run. */
const GATHER_MS = 100;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** Evaluates the rules of one collection or user, one run at a time: wires the engine of alerts to Postgres and the rest. */
export class AlertEngine extends DurableObject<Bindings> implements AlertEngineRpc {
  private readonly config: Config;
  private readonly log: Log;
  private alarmAt = Number.POSITIVE_INFINITY;
  private running = false;
  /** Woken while a run was under way, under this trace. */
  private again: { traceparent: string | null } | null = null;
  private failures = 0;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.config = parseConfig(env);
    this.log = createLog(this.config.LOG_LEVEL, { object: "AlertEngine", engine: ctx.id.name });
  }

  async wake(name: string, traceparent: string | null): Promise<void> {
    if (this.ctx.storage.kv.get(NAME) !== name) this.ctx.storage.kv.put(NAME, name);
    this.again = { traceparent };
    this.wakeAt(systemClock() + GATHER_MS);
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    const name = this.ctx.storage.kv.get<string>(NAME);
    if (name === undefined || this.running) return;
    this.running = true;
    const traceparent = this.again?.traceparent ?? null;
    this.again = null;
    try {
      const { next } = await runEngine(this.engineContext(traceparent), name);
      this.failures = 0;
      if (next !== null) this.wakeAt(next);
    } catch (error) {
      this.failures += 1;
      this.log.error("an evaluation failed", { failures: this.failures, error: describeError(error) });
      this.wakeAt(systemClock() + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.failures - 1)));
    } finally {
      this.running = false;
      if (this.again !== null) this.wakeAt(systemClock() + GATHER_MS);
    }
  }

  private engineContext(traceparent: string | null): EngineCtx {
    const { config, env } = this;
    const trace = continueTrace(traceparent);
    return {
      config,
      trace,
      db: createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT),
      transact: createTransact(config.DATABASE_URL, config.DATABASE_ENDPOINT),
      seal: createSeal(config),
      now: systemClock,
      log: this.log.with({ trace_id: trace.trace_id, span_id: trace.span_id }),
      actor: { type: "system", job: "alerts" },
      rooms: {
        collection: (slug) => env.COLLECTION_ROOM.getByName(slug),
        relay: (relay) => env.LIVE_RELAY.getByName(relay),
        user: (user_id) => env.USER_ROOM.getByName(user_id),
        board: env.STATUS_BOARD.getByName("board"),
      },
      gates: {
        account: (user_id) => env.ACCOUNT_GATE.getByName(user_id),
        apiKey: (key_hash) => env.API_KEY_GATE.getByName(key_hash),
        login: (guard) => env.LOGIN_GUARD.getByName(guard),
      },
      providers: {
        gate: (provider) => env.PROVIDER_GATE.getByName(provider),
        feed: (provider) => env.PROVIDER_FEED.getByName(provider),
      },
      queue: env.JOBS,
      deliveries: env.DELIVERIES,
      webhookSender: (webhook_id) => env.WEBHOOK_SENDER.getByName(webhook_id),
      alertEngine: (engine) => env.ALERT_ENGINE.getByName(engine),
      fetch: (input, init) => fetch(input, init),
      later: (work) => this.ctx.waitUntil(work),
    };
  }

  /** The earliest time that was asked for; whatever was later is found again when that comes. */
  private wakeAt(due: number): void {
    const time = alarmTime(due);
    if (time >= this.alarmAt) return;
    this.alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }
}
