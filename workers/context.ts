import { guardOf } from "../shared/auth/login/guard-of.ts";
import { createDb } from "../shared/db/client.ts";
import { type Patience, patience } from "../shared/db/patience.ts";
import { createTransact } from "../shared/db/transaction.ts";
import { cutText } from "../shared/domain/cut-text.ts";
import { createMailDriver } from "../shared/mail/create-mail-driver.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Actor, Client, Ctx } from "../shared/platform/ctx.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { clientAddress } from "../shared/platform/http/client-address.ts";
import { createLog } from "../shared/platform/log.ts";
import { roomObject } from "../shared/platform/room-object.ts";
import { createSeal, type Seal } from "../shared/platform/seal.ts";
import { continueTrace } from "../shared/platform/trace.ts";

/** Settings do not change within a deployment, so they are checked once an isolate. */
const parsed = new WeakMap<object, Config>();

/** The checked settings; throws `ConfigError` with all that is wrong. */
export function configOf(env: Bindings): Config {
  const known = parsed.get(env);
  if (known) return known;
  const config = parseConfig(env);
  parsed.set(env, config);
  return config;
}

const seals = new WeakMap<Config, Seal>();

function sealOf(config: Config): Seal {
  const seal = seals.get(config) ?? createSeal(config);
  seals.set(config, seal);
  return seal;
}

/** Who sends a request. The address is none that a client can choose. */
export function clientOf(request: Request, env: Bindings): Client {
  return {
    ip: clientAddress(request, configOf(env)),
    user_agent: cutText(request.headers.get("user-agent") ?? "", 400) || null,
  };
}

interface Origin {
  actor: Actor;
  client: Client;
  traceHeader: string | null;
  /** Lets work go on after the answer. */
  later(work: Promise<unknown>): void;
  /** How long it waits for the database. */
  patience: Patience;
}

/** What a request, message or tick is handled with. */
export function createContext(env: Bindings, { actor, client, traceHeader, later, patience }: Origin): Ctx {
  const config = configOf(env);
  const trace = continueTrace(traceHeader);
  const fetcher: typeof fetch = (input, init) => fetch(input, init);
  return {
    config,
    trace,
    actor,
    client,
    later,
    db: createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience),
    transact: createTransact(config.DATABASE_URL, config.DATABASE_ENDPOINT, patience),
    now: systemClock,
    log: createLog(config.LOG_LEVEL, { trace_id: trace.trace_id, span_id: trace.span_id }),
    rooms: {
      collection: (slug) => env.COLLECTION_ROOM.getByName(slug),
      collectionObject: (slug) => roomObject(env, slug),
      relay: (name) => env.LIVE_RELAY.getByName(name),
      user: (user_id) => env.USER_ROOM.getByName(user_id),
      board: env.STATUS_BOARD.getByName("board"),
    },
    seal: sealOf(config),
    gates: {
      account: (user_id) => env.ACCOUNT_GATE.getByName(user_id),
      apiKey: (key_hash) => env.API_KEY_GATE.getByName(key_hash),
      login: (name) => guardOf(env.LOGIN_GUARD, name),
    },
    providers: {
      gate: (provider) => env.PROVIDER_GATE.getByName(provider),
      feed: (provider) => env.PROVIDER_FEED.getByName(provider),
    },
    queue: env.JOBS,
    deliveries: env.DELIVERIES,
    alertEngine: (name) => env.ALERT_ENGINE.getByName(name),
    webhookSender: (webhook_id) => env.WEBHOOK_SENDER.getByName(webhook_id),
    mail: createMailDriver(config, { binding: env.SEND_EMAIL, fetch: fetcher }),
    fetch: fetcher,
  };
}

/** What a message or tick is handled with: nobody asked for it. */
export function systemContext(
  env: Bindings,
  job: string,
  traceHeader: string | null,
  execution: ExecutionContext,
): Ctx {
  return createContext(env, {
    actor: { type: "system", job },
    client: { ip: "-", user_agent: null },
    traceHeader,
    later: (work) => execution.waitUntil(work),
    // Nobody waits for the answer, and a sweep may have much to look at.
    patience: patience(2 * configOf(env).DATABASE_DEADLINE_MS),
  });
}
