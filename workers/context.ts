import { createDb } from "../shared/db/client.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { type Config, parseConfig } from "../shared/platform/config.ts";
import type { Actor, Ctx } from "../shared/platform/ctx.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { createLog } from "../shared/platform/log.ts";
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

/** What a request, message or tick is handled with. */
export function createContext(env: Bindings, actor: Actor, traceHeader: string | null): Ctx {
  const config = configOf(env);
  const trace = continueTrace(traceHeader);
  return {
    config,
    trace,
    actor,
    db: createDb(config.DATABASE_URL, config.DATABASE_ENDPOINT),
    now: systemClock,
    log: createLog(config.LOG_LEVEL, { trace_id: trace.trace_id, span_id: trace.span_id }),
    rooms: {
      collection: (slug) => env.COLLECTION_ROOM.getByName(slug),
      relay: (name) => env.LIVE_RELAY.getByName(name),
      board: env.STATUS_BOARD.getByName("board"),
    },
    providers: {
      gate: (provider) => env.PROVIDER_GATE.getByName(provider),
      feed: (provider) => env.PROVIDER_FEED.getByName(provider),
    },
    queue: env.JOBS,
    fetch: (input, init) => fetch(input, init),
  };
}
