import { and, eq, isNull, lt, or } from "drizzle-orm";
import { createMiddleware } from "hono/factory";
import { z } from "zod";
import { isLockTimeout } from "../../db/lock-timeout.ts";
import { idempotency_keys } from "../../db/schema/index.ts";
import type { Transact, Tx } from "../../db/transaction.ts";
import type { Answers, Claim } from "../answers.ts";
import { sha256Hex } from "../bytes.ts";
import { isoTime } from "../clock.ts";
import type { Actor, Ctx } from "../ctx.ts";
import { AppError, describeError } from "../errors.ts";
import type { AppContext, AppEnv } from "./app.ts";

/** How long an answer is given again. */
const IDEMPOTENCY_MS = 24 * 3_600_000;
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
    "Any text of yours, new for each request. The same request with the same key is carried out once and answered alike for a day (`Idempotency-Replayed: true`), also where its first answer was lost. Another request under the key is refused with 422; one that comes while the first is under way waits for it, and is told 409 with `Retry-After` where that takes long.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
} as const;

const Kept = z.object({ headers: z.record(z.string(), z.string()), body: z.string() });

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
const isOver = (now: number) => lt(idempotency_keys.created_at, isoTime(now - IDEMPOTENCY_MS));

/** The request's text has been read by then, if its route takes any (`json-body.ts`). */
async function hashOf(c: AppContext): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const body = c.req.bodyCache.text === undefined ? "" : await c.req.text();
  return sha256Hex(`${c.req.method}\n${pathname}${search}\n${body}`);
}

/** Without what it came of: a lock that somebody holds does not mean that the database is away. */
function stillUnderWay(): AppError {
  return new AppError(
    "conflict",
    "The first request with this Idempotency-Key is still under way; ask again for its answer.",
    { headers: { "retry-after": "1" } },
  );
}

/**
 * Takes the key in the transaction of the change: of many at once one goes on, and the others wait here for its end.
 * @returns `false` where another one has been answered meanwhile.
 */
async function take(tx: Tx, { now }: Pick<Ctx, "now">, claim: Claim): Promise<boolean> {
  const { actor_id, key, request_hash } = claim;
  const created_at = isoTime(now());
  try {
    const taken = await tx
      .insert(idempotency_keys)
      .values({ actor_id, key, request_hash, created_at })
      .onConflictDoUpdate({
        target: [idempotency_keys.actor_id, idempotency_keys.key],
        set: { request_hash, created_at, status: null, body: null },
        setWhere: or(isOver(now()), isNull(idempotency_keys.status)),
      })
      .returning({ key: idempotency_keys.key });
    return taken.length > 0;
  } catch (error) {
    if (isLockTimeout(error)) throw stillUnderWay();
    throw error;
  }
}

async function sealAnswer(seal: Ctx["seal"], claim: Claim, answer: Response) {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  const text = JSON.stringify({ headers, body: await answer.text() });
  return { status: answer.status, body: await seal.seal(idempotencyPurpose(claim), text) };
}

/** What the first request with the key was answered; `null` where there was none. Throws where it was another one. */
async function readAnswer({ db, seal, now }: StoreCtx, claim: Claim): Promise<Response | null> {
  const [known] = await db.select().from(idempotency_keys).where(rowOf(claim));
  if (known === undefined || known.status === null || known.body === null) return null;
  if (Date.parse(known.created_at) < now() - IDEMPOTENCY_MS) return null;
  if (known.request_hash !== claim.request_hash)
    throw new AppError(
      "invalid_request",
      "This Idempotency-Key was sent with another request; take a new key for each request.",
      { details: [{ pointer: "header:Idempotency-Key", message: "belongs to another request" }] },
    );
  const { headers, body } = Kept.parse(JSON.parse(await seal.open(idempotencyPurpose(claim), known.body)));
  return new Response(body === "" ? null : body, {
    status: known.status,
    headers: { ...headers, "idempotency-replayed": "true" },
  });
}

/** Keeps an answer that no transaction of its own has kept: a refusal, or of a change that is harmless twice. */
async function keepAfterwards({ db, seal, now }: StoreCtx, claim: Claim, answer: Response): Promise<void> {
  const { actor_id, key, request_hash } = claim;
  const kept = { request_hash, created_at: isoTime(now()), ...(await sealAnswer(seal, claim, answer)) };
  await db
    .insert(idempotency_keys)
    .values({ actor_id, key, ...kept })
    .onConflictDoUpdate({
      target: [idempotency_keys.actor_id, idempotency_keys.key],
      set: kept,
      setWhere: or(isOver(now()), isNull(idempotency_keys.status)),
    });
}

/**
 * Honours `Idempotency-Key` on a POST that creates, as in the IETF's draft-ietf-httpapi-idempotency-key-header: the
 * same request under the same key is answered as the first time, for a day. What failed by our fault, or for a
 * reason that passes, may be tried again under the key. Anonymous callers are nobody in particular, so their keys
 * are not looked at. The handler answers by `answerOnce`.
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
  const claim: Claim = { actor_id, key, request_hash: await hashOf(c), kept: false };
  const before = await readAnswer(ctx, claim);
  if (before !== null) return before;
  c.set("claim", claim);
  await next();
  if (claim.kept) return;
  const { status } = c.res;
  if (status >= 500) return;
  if (status >= 400) {
    // A refusal may come of the same request, which another one has carried out meanwhile.
    const meanwhile = await readAnswer(ctx, claim);
    if (meanwhile !== null) {
      c.res = undefined;
      c.res = meanwhile;
      return;
    }
    if (PASSING.has(status) || c.res.headers.has("retry-after")) return;
  }
  try {
    await keepAfterwards(ctx, claim, c.res.clone());
  } catch (error) {
    ctx.log.error("an answer was not kept for its idempotency key", { error: describeError(error) });
  }
});

/** A transaction that holds the key while it runs. */
function underKey(ctx: Pick<Ctx, "transact" | "now">, claim: Claim): Transact {
  return async (work) => {
    try {
      return await ctx.transact(async (tx) => {
        // Also where the whole is tried again.
        claim.kept = false;
        if (!(await take(tx, ctx, claim))) throw stillUnderWay();
        const result = await work(tx);
        // A key without an answer holds nobody up.
        if (!claim.kept) await tx.delete(idempotency_keys).where(rowOf(claim));
        return result;
      });
    } catch (error) {
      claim.kept = false;
      throw error;
    }
  };
}

/**
 * Answers a POST that creates. Where the request has a key, `make` writes the answer in the transaction of its change
 * (`ctx.keepAnswer`), so that both are there or neither is, whatever happens to the worker or on the way back.
 */
export async function answerOnce<Value, Answer extends Response>(
  c: AppContext,
  make: (ctx: Ctx & Answers<Value>) => Promise<Value>,
  respond: (value: Value) => Answer,
): Promise<Answer> {
  const ctx = c.get("ctx");
  const claim = c.get("claim");
  if (claim === undefined) return respond(await make(ctx));
  const keepAnswer = async (tx: Tx, value: Value) => {
    await tx
      .update(idempotency_keys)
      .set(await sealAnswer(ctx.seal, claim, respond(value)))
      .where(rowOf(claim));
    claim.kept = true;
  };
  return respond(await make({ ...ctx, transact: underKey(ctx, claim), keepAnswer }));
}

/** Forgets the keys of yesterday. */
export async function sweepIdempotencyKeys({ db, now }: Pick<Ctx, "db" | "now">): Promise<void> {
  await db.delete(idempotency_keys).where(isOver(now()));
}
