import { routePath } from "hono/route";
import type { Actor } from "../ctx.ts";
import { AppError } from "../errors.ts";
import type { LogFields } from "../log.ts";
import type { AppContext } from "./app.ts";

/** So many unknown callers from one address within `WINDOW_MS` are worth a line; then twice as many, and so on. */
const REPEATED = 10;
const WINDOW_MS = 60_000;
const MAX_ADDRESSES = 10_000;

/** Counts, for an isolate, how often an address was not known; it is kept for the count alone and never logged. */
class Strangers {
  readonly #counts = new Map<string, { since: number; times: number }>();

  /** How many they are now within the window. */
  count(address: string, now: number): number {
    const known = this.#counts.get(address);
    if (known !== undefined && now - known.since < WINDOW_MS) return ++known.times;
    this.#counts.delete(address);
    this.#counts.set(address, { since: now, times: 1 });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= MAX_ADDRESSES) break;
      this.#counts.delete(oldest);
    }
    return 1;
  }
}

const strangers = new Strangers();

/** 10, 20, 40, …: whoever floods the worker does not flood the log. */
function isWorthALine(times: number): boolean {
  const doubled = Math.log2(times / REPEATED);
  return doubled >= 0 && Number.isInteger(doubled);
}

function whoOf(actor: Actor): LogFields {
  if (actor.type === "user") return { user_id: actor.user_id };
  return actor.type === "api_key" ? { user_id: actor.user_id, key_id: actor.key_id } : {};
}

/**
 * Writes one line of a request that was not allowed (ASVS 16.3.2), and of callers who are not known again and again. It
 * names who asked by id, and the route by its pattern: no address, no path, no query.
 */
export function logRefusal(error: Error, c: AppContext): void {
  if (!(error instanceof AppError) || (error.status !== 401 && error.status !== 403)) return;
  const { log, actor, client, now } = c.get("ctx");
  const fields = { code: error.code, method: c.req.method, route: routePath(c) };
  if (error.status === 403) {
    const permission = error.lacks.length === 0 ? undefined : error.lacks.join(" ");
    log.warn("a request was not allowed", { ...fields, ...whoOf(actor), permission });
    return;
  }
  const times = strangers.count(client.ip, now());
  if (isWorthALine(times))
    log.warn("requests from one address are refused again and again", { ...fields, times });
}
