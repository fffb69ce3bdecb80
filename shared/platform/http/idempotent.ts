import { and, eq, isNull, lt, or } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { idempotency_keys } from "../../db/schema/index.ts";
import { sha256Hex } from "../bytes.ts";
import { isoTime } from "../clock.ts";
import type { Actor, Ctx } from "../ctx.ts";
import { AppError, describeError } from "../errors.ts";
import type { AppContext, AppEnv } from "./app.ts";

/** How long an answer is given again. */
const IDEMPOTENCY_MS = 24 * 3_600_000;
/** A request that did not end within this time has died with its worker. */
const LEASE_MS = 120_000;
const KEY = /^[\x20-\x7e]{1,255}$/;
/** Refusals that pass, besides our own faults: after logging in, a second factor, a grant, or a wait. */
const PASSING = new Set([401, 403, 423, 429]);
const KEPT_HEADERS = ["content-type", "cache-control", "location", "etag"];

/** The header as the OpenAPI document tells of it. */
export const IDEMPOTENCY_PARAMETER = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "Any text of yours, new for each request. The same request with the same key is carried out once and answered alike for a day (`Idempotency-Replayed: true`); another one is refused with 422, and 409 says that the first is still under way.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
} as const;

const Kept = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });

interface Claim {
  actor_id: string;
  key: string;
  request_hash: string;
  created_at: string;
}

type StoreCtx = Pick<Ctx, "db" | "seal" | "now">;

function callerOf(actor: Actor): string | null {
  if (actor.type === "user") return actor.user_id;
  if (actor.type === "api_key") return actor.key_id;
  return actor.type === "system" ? `system:${actor.job}` : null;
}

/** What a kept answer is sealed for. */
export const idempotencyPurpose = ({ actor_id, key }: Pick<Claim, "actor_id" | "key">) =>
  `idempotency:${actor_id}:${key}`;
const rowOf = ({ actor_id, key }: Claim) =>
  and(eq(idempotency_keys.actor_id, actor_id), eq(idempotency_keys.key, key));
/** The row as this request wrote it, not as a later one took it over. */
const mine = (claim: Claim) => and(rowOf(claim), eq(idempotency_keys.created_at, claim.created_at));

/** The request's text has been read by then, if its route takes any (`json-body.ts`). */
async function hashOf(c: AppContext): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const body = c.req.bodyCache.text === undefined ? "" : await c.req.text();
  return sha256Hex(`${c.req.method}\n${pathname}${search}\n${body}`);
}

/** Takes the key for this request: of many at once, one gets it. */
async function take({ db, now }: StoreCtx, claim: Claim): Promise<boolean> {
  const before = (ms: number) => lt(idempotency_keys.created_at, isoTime(now() - ms));
  const { request_hash, created_at } = claim;
  const taken = await db
    .insert(idempotency_keys)
    .values(claim)
    .onConflictDoUpdate({
      target: [idempotency_keys.actor_id, idempotency_keys.key],
      set: { request_hash, created_at, status: null, body: null },
      setWhere: or(before(IDEMPOTENCY_MS), and(isNull(idempotency_keys.status), before(LEASE_MS))),
    })
    .returning({ key: idempotency_keys.key });
  return taken.length > 0;
}

/** What the first request with the key was answered. Throws where it was another one, or has no answer yet. */
async function replay({ db, seal }: StoreCtx, claim: Claim): Promise<Response> {
  const [known] = await db.select().from(idempotency_keys).where(rowOf(claim));
  if (known !== undefined && known.request_hash !== claim.request_hash)
    throw new AppError(
      "invalid_request",
      "This Idempotency-Key was sent with another request; take a new key for each request.",
      { details: [{ pointer: "header:Idempotency-Key", message: "belongs to another request" }] },
    );
  if (known === undefined || known.status === null || known.body === null)
    throw new AppError(
      "conflict",
      "The first request with this Idempotency-Key is still under way; ask again for its answer.",
      { headers: { "retry-after": "1" } },
    );
  const { headers, body } = Kept.parse(JSON.parse(await seal.open(idempotencyPurpose(claim), known.body)));
  return new Response(body === "" ? null : body, {
    status: known.status,
    headers: { ...headers, "idempotency-replayed": "true" },
  });
}

async function keep({ db, seal }: StoreCtx, claim: Claim, answer: Response): Promise<void> {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const body = await seal.seal(
    idempotencyPurpose(claim),
    JSON.stringify({ headers, body: await answer.text() }),
  );
  await db.update(idempotency_keys).set({ status: answer.status, body }).where(mine(claim));
}

/**
 * Honours `Idempotency-Key` on a POST that creates, as in the IETF's draft-ietf-httpapi-idempotency-key-header: the
 * same request under the same key is answered as the first time, for a day. What failed by our fault, or for a
 * reason that passes, may be tried again under the key. Anonymous callers are nobody in particular, so their keys
 * are not looked at. If a worker dies between the change and the note of its answer, the key is free again after
 * two minutes.
 */
export const idempotent = createMiddleware<AppEnv>(async (c, next) => {
  const ctx = c.get("ctx");
  const key = c.req.header("idempotency-key");
  const actor_id = callerOf(ctx.actor);
  if (key === undefined || actor_id === null) return next();
  if (!KEY.test(key))
    throw new AppError("invalid_request", "Idempotency-Key must be 1 to 255 printable ASCII characters.", {
      details: [
        { pointer: "header:Idempotency-Key", message: "must be 1 to 255 printable ASCII characters" },
      ],
    });
  const claim = { actor_id, key, request_hash: await hashOf(c), created_at: isoTime(ctx.now()) };
  if (!(await take(ctx, claim))) return replay(ctx, claim);
  let answered = false;
  try {
    await next();
    answered = c.res.status < 500 && !PASSING.has(c.res.status);
    if (answered) await keep(ctx, claim, c.res.clone());
  } catch (error) {
    // What was made is made: the caller hears of it, and only a repetition within two minutes is held up.
    if (!answered) throw error;
    ctx.log.error("an answer was not kept for its idempotency key", { error: describeError(error) });
  } finally {
    if (!answered) await ctx.db.delete(idempotency_keys).where(mine(claim));
  }
});

/** Forgets the keys of yesterday. */
export async function sweepIdempotencyKeys({ db, now }: Pick<Ctx, "db" | "now">): Promise<void> {
  await db.delete(idempotency_keys).where(lt(idempotency_keys.created_at, isoTime(now() - IDEMPOTENCY_MS)));
}
