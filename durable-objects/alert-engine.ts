import { DurableObject } from "cloudflare:workers";
import { z } from "zod";
import type { EngineCtx } from "../shared/alerts/engine-ctx.ts";
import { runEngine } from "../shared/alerts/run-engine.ts";
import { guardOf } from "../shared/auth/login/guard-of.ts";
import type { AlertEngineRpc } from "../shared/contracts/alerts.ts";
import { createDb } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { createTransact } from "../shared/db/transaction.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { roomObject } from "../shared/platform/room-object.ts";
import { createSeal } from "../shared/platform/seal.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { EngineRunner } from "./engine/runner.ts";
import { KvCell } from "./storage/kv-cell.ts";
import { StoredJson } from "./storage/stored-json.ts";

const Name = new StoredJson(z.string());

/** Evaluates the rules of one collection or user, one run at a time: wires the engine of alerts to Postgres and the rest. */
export class AlertEngine extends DurableObject<Bindings> implements AlertEngineRpc {
  private readonly config: Config;
  private readonly log: Log;
  private readonly runner: EngineRunner;
  private readonly name: KvCell<string>;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.config = parseConfig(env);
    this.log = createLog(this.config.LOG_LEVEL, { object: "AlertEngine", engine: ctx.id.name });
    this.name = new KvCell(ctx.storage.kv, "name", Name);
    this.runner = new EngineRunner({
      now: systemClock,
      random: Math.random,
      log: this.log,
      setAlarm: (at) => ctx.waitUntil(ctx.storage.setAlarm(at)),
      run: async (traceparent) => {
        const name = this.name.get();
        return name === null ? { next: null } : runEngine(this.engineContext(traceparent), name);
      },
    });
  }

  async wake(name: string, traceparent: string | null): Promise<void> {
    if (this.name.get() !== name) this.name.put(name);
    this.runner.wake(traceparent);
  }

  override async alarm(): Promise<void> {
    await this.runner.alarm();
  }

  private engineContext(traceparent: string | null): EngineCtx {
    const { config, env } = this;
    const trace = continueTrace(traceparent);
    return {
      config,
      trace,
      db: createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience(config.DATABASE_DEADLINE_MS)),
      transact: createTransact(
        config.DATABASE_URL,
        config.DATABASE_ENDPOINT,
        patience(config.DATABASE_DEADLINE_MS),
      ),
      seal: createSeal(config),
      now: systemClock,
      log: this.log.with({ trace_id: trace.trace_id, span_id: trace.span_id }),
      actor: { type: "system", job: "alerts" },
      rooms: {
        collection: (slug) => env.COLLECTION_ROOM.getByName(slug),
        collectionObject: (slug) => roomObject(env, slug),
        relay: (relay) => env.LIVE_RELAY.getByName(relay),
        user: (user_id) => env.USER_ROOM.getByName(user_id),
        board: env.STATUS_BOARD.getByName("board"),
      },
      gates: {
        account: (user_id) => env.ACCOUNT_GATE.getByName(user_id),
        apiKey: (key_hash) => env.API_KEY_GATE.getByName(key_hash),
        login: (guard) => guardOf(env.LOGIN_GUARD, guard),
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
}
