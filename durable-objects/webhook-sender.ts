import { DurableObject } from "cloudflare:workers";
import type { WebhookSenderRpc } from "../shared/contracts/webhooks.ts";
import { createDb, type Db } from "../shared/db/client.ts";
import { patience } from "../shared/db/patience.ts";
import { createTransact, type Transact } from "../shared/db/transaction.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { createLog, type Log } from "../shared/platform/log.ts";
import { roomObject } from "../shared/platform/room-object.ts";
import { createSeal, type Seal } from "../shared/platform/seal.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import type { Work } from "../shared/platform/work.ts";
import { addressRules, resolverOf } from "../shared/webhooks/address-rules.ts";
import { type ClaimedDelivery, claimDeliveries, type Endpoint } from "../shared/webhooks/claim-deliveries.ts";
import { messageBody } from "../shared/webhooks/message-body.ts";
import { openTarget } from "../shared/webhooks/open-target.ts";
import type { Outcome } from "../shared/webhooks/outcome.ts";
import { createHostCheck } from "../shared/webhooks/resolve-host.ts";
import { type Attempt, type SendDeps, sendMessage } from "../shared/webhooks/send.ts";
import { settleOutcomes } from "../shared/webhooks/settle-outcomes.ts";
import { readStanding } from "../shared/webhooks/standing.ts";
import { alarmTime } from "./alarm-time.ts";
import { KvCell } from "./storage/kv-cell.ts";
import { StoredJson } from "./storage/stored-json.ts";
import { Pace } from "./webhook/pace.ts";
import { Sender, SenderMemory } from "./webhook/sender.ts";

const Memory = new StoredJson(SenderMemory);

const fetcher: typeof fetch = (input, init) => fetch(input, init);

interface Parts {
  config: Config;
  db: Db;
  transact: Transact;
  seal: Seal;
  net: SendDeps;
}

const pace = new Pace(systemClock);

/** The same for every endpoint's object in an isolate: a burst may wake hundreds of them at once. */
const made = new WeakMap<Bindings, Parts>();

function partsOf(env: Bindings): Parts {
  const known = made.get(env);
  if (known) return known;
  const config = parseConfig(env);
  const { DATABASE_URL, DATABASE_ENDPOINT, DATABASE_DEADLINE_MS, WEBHOOK_TIMEOUT_S, VERSION } = config;
  const parts = {
    config,
    db: createDb(DATABASE_URL, DATABASE_ENDPOINT, patience(DATABASE_DEADLINE_MS)),
    transact: createTransact(DATABASE_URL, DATABASE_ENDPOINT, patience(DATABASE_DEADLINE_MS)),
    seal: createSeal(config),
    net: {
      fetch: fetcher,
      now: systemClock,
      rules: addressRules(config),
      checkHost: createHostCheck({ resolver: resolverOf(config), fetch: fetcher, now: systemClock }),
      timeout_ms: WEBHOOK_TIMEOUT_S * 1000,
      version: VERSION,
    },
  };
  made.set(env, parts);
  return parts;
}

/** Sends to one webhook endpoint, so that a slow one holds up nobody else: wires the sender to Postgres and the net. */
export class WebhookSender extends DurableObject<Bindings> implements WebhookSenderRpc {
  private readonly parts: Parts;
  private readonly log: Log;
  private readonly sender: Sender;
  private alarmAt = Number.POSITIVE_INFINITY;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.parts = partsOf(env);
    const { LOG_LEVEL, WEBHOOK_RETRY_S } = this.parts.config;
    this.log = createLog(LOG_LEVEL, { object: "WebhookSender", webhook: ctx.id.name });
    const memory = new KvCell(ctx.storage.kv, "memory", Memory);
    this.sender = new Sender({
      now: systemClock,
      random: Math.random,
      log: this.log,
      memory: {
        load: () => memory.get(),
        save: (kept) => memory.put(kept),
        forget: () => ctx.waitUntil(ctx.storage.deleteAll()),
      },
      claim: (webhook_id, request) => claimDeliveries(this.parts.db, webhook_id, request),
      readStanding: (webhook_id) => readStanding(this.parts.db, webhook_id),
      settle: (webhook_id, outcomes) => this.settle(webhook_id, outcomes),
      send: (endpoint, delivery, work) => this.send(endpoint, delivery, work),
      wakeAt: (time) => this.wakeAt(time),
      later: (work) => ctx.waitUntil(work),
      wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      pace: () => pace.place(),
      schedule: WEBHOOK_RETRY_S.map((wait) => wait * 1000),
    });
  }

  async wake(webhook_id: string, traceparent: string | null, asked = false): Promise<void> {
    this.sender.wake(webhook_id, traceparent, asked);
  }

  override async alarm(): Promise<void> {
    this.alarmAt = Number.POSITIVE_INFINITY;
    this.sender.alarm();
  }

  private async send(endpoint: Endpoint, delivery: ClaimedDelivery, work: Work): Promise<Attempt> {
    const target = await openTarget(this.parts.seal, endpoint, systemClock());
    return sendMessage(this.parts.net, target, {
      id: delivery.message_id,
      body: messageBody(delivery),
      trace_id: continueTrace(work.traceparent).trace_id,
      traceparent: work.traceparent,
    });
  }

  private async settle(webhook_id: string, outcomes: Outcome[]): Promise<{ disabled: boolean }> {
    const { config, db, transact, seal } = this.parts;
    const ctx = {
      config,
      db,
      transact,
      seal,
      now: systemClock,
      log: this.log,
      trace: continueTrace(null),
      actor: { type: "system" as const, job: "webhooks" },
      client: { ip: "-", user_agent: null },
      queue: this.env.JOBS,
      rooms: {
        collection: (slug: string) => this.env.COLLECTION_ROOM.getByName(slug),
        collectionObject: (slug: string) => roomObject(this.env, slug),
        relay: (name: string) => this.env.LIVE_RELAY.getByName(name),
        user: (user_id: string) => this.env.USER_ROOM.getByName(user_id),
        board: this.env.STATUS_BOARD.getByName("board"),
      },
      later: (work: Promise<unknown>) => this.ctx.waitUntil(work),
    };
    return settleOutcomes(ctx, webhook_id, outcomes);
  }

  /** The earliest time that was asked for; whatever was later is found again when that comes. */
  private wakeAt(due: number): void {
    const time = alarmTime(due);
    if (time >= this.alarmAt) return;
    this.alarmAt = time;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(time));
  }
}
