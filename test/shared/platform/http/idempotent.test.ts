import { DatabaseError } from "@neondatabase/serverless";
import { expect, test } from "vitest";
import { idempotency_keys, provider_cursors } from "../../../../shared/db/schema/index.ts";
import type { Transact } from "../../../../shared/db/transaction.ts";
import type { Actor } from "../../../../shared/platform/ctx.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { answerOnce, idempotent, sweepIdempotencyKeys } from "../../../../shared/platform/http/idempotent.ts";
import { jsonBody } from "../../../../shared/platform/http/json-body.ts";
import { testCtx } from "../../../support/ctx.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const MINUTE = 60_000;

function person(user_id: string): Actor {
  return {
    type: "user",
    user_id,
    email: "ann@xsema.example",
    role: "trader",
    plan: "free",
    session_id: "ses_1",
    permissions: new Set(),
    mfa_at: null,
    mfa_enabled: false,
    must_change_password: false,
  };
}

const ANN = person("usr_ann");

/** A thing that was made, as it is answered. */
interface Thing {
  secret: string;
  got: unknown;
}

describeOnEachBackend("a POST that creates", (backend) => {
  const things = async () => (await backend.db.select().from(provider_cursors)).length;

  const open = () => {
    const state = { now: Date.parse("2026-01-01T00:00:00Z"), made: 0 };
    const broken = { transact: null as Transact | null };
    let before: () => Promise<void> = async () => {};
    const app = createApp();
    app.use(async (c, next) => {
      c.set("ctx", c.env.ctx);
      await next();
    });
    app.onError(handleError);
    app.post("/things", jsonBody, idempotent, async (c) => {
      const got: unknown = await c.req.json();
      return answerOnce(
        c,
        (ctx) =>
          ctx.transact(async (tx) => {
            await before();
            state.made += 1;
            const key = { provider: "things", collection: String(state.made) };
            await tx.insert(provider_cursors).values({ ...key, cursor: got, updated_at: "2026-01-01" });
            const thing = { secret: `s3cret-${state.made}`, got };
            await ctx.keepAnswer?.(tx, thing);
            return thing;
          }),
        (thing: Thing) =>
          c.json(thing, 201, { location: `/things/${thing.secret.slice(7)}`, "cache-control": "no-store" }),
      );
    });
    const post = async (
      key: string | null,
      { actor = ANN, body = { n: 1 }, query = "" }: { actor?: Actor; body?: unknown; query?: string } = {},
    ) => {
      const transact = broken.transact ?? backend.transact;
      const ctx = testCtx({ db: backend.db, transact, now: () => state.now, actor });
      const headers = { "content-type": "application/json", ...(key !== null && { "idempotency-key": key }) };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return app.fetch(new Request(`http://x/things${query}`, init), {
        ctx,
        assets: { fetch: () => Promise.reject(new Error("no assets")) },
      });
    };
    return {
      state,
      post,
      /** Has every transaction run like this one until it is called without. */
      breaking: (transact: Transact | null) => {
        broken.transact = transact;
      },
      meanwhile: (does: typeof before) => {
        before = does;
      },
    };
  };

  test("the same request under the same key is carried out once and answered alike, for a day", async () => {
    const { state, post } = open();
    const first = await post("k1");
    expect([first.status, first.headers.get("idempotency-replayed")]).toEqual([201, null]);
    state.now += 24 * 60 * MINUTE - 1;
    const second = await post("k1");
    expect([second.status, second.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(second.headers.get("location")).toBe("/things/1");
    expect(second.headers.get("cache-control")).toBe("no-store");
    expect(second.headers.get("content-type")).toBe(first.headers.get("content-type"));
    expect(await second.json()).toEqual({ secret: "s3cret-1", got: { n: 1 } });
    expect(await things()).toBe(1);
    state.now += 2;
    expect((await post("k1")).headers.get("idempotency-replayed")).toBeNull();
    expect(await things()).toBe(2);
  });

  test("an answer that was lost after the commit is given when it is asked for again, at once", async () => {
    const { post, breaking } = open();
    breaking(async (work) => {
      await backend.transact(work);
      throw new Error("the connection broke");
    });
    expect((await post("k1")).status).toBe(500);
    breaking(null);
    const again = await post("k1");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, "true"]);
    expect(await again.json()).toEqual({ secret: "s3cret-1", got: { n: 1 } });
    expect(await things()).toBe(1);
  });

  test("a worker that died before the commit leaves the key free, at once", async () => {
    const { post, breaking } = open();
    breaking((work) =>
      backend.transact(async (tx) => {
        await work(tx);
        throw new Error("the worker died");
      }),
    );
    expect((await post("k1")).status).toBe(500);
    expect([await things(), await backend.db.select().from(idempotency_keys)]).toEqual([0, []]);
    breaking(null);
    const again = await post("k1");
    expect([again.status, again.headers.get("idempotency-replayed")]).toEqual([201, null]);
    expect(await things()).toBe(1);
  });

  test("what is kept is sealed, so that a secret that is shown once stays so in the database", async () => {
    const { post } = open();
    await post("k1");
    const rows = await backend.db.select().from(idempotency_keys);
    expect(rows).toMatchObject([{ actor_id: "usr_ann", key: "k1", status: 201 }]);
    expect(JSON.stringify(rows)).not.toContain("s3cret");
  });

  test.each([
    ["body", { body: { n: 2 } }],
    ["query", { query: "?dry_run=1" }],
  ])(
    "another %s under the key is a mistake, told with 422, and carries nothing out",
    async (_what, other) => {
      const { post } = open();
      await post("k1");
      const answer = await post("k1", other);
      expect([answer.status, await things()]).toEqual([422, 1]);
      expect(await answer.json()).toMatchObject({ errors: [{ pointer: "header:Idempotency-Key" }] });
    },
  );

  test("of many at once one is carried out, and the others wait for its answer", async () => {
    const { post, meanwhile } = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    meanwhile(() => promise);
    const racing = Array.from({ length: 6 }, () => post("k1"));
    setTimeout(resolve, 100);
    const all = await Promise.all(racing);
    expect(all.map(({ status }) => status)).toEqual(Array(6).fill(201));
    const texts = await Promise.all(all.map((answer) => answer.text()));
    expect([new Set(texts).size, await things()]).toEqual([1, 1]);
    expect(all.filter((answer) => answer.headers.has("idempotency-replayed"))).toHaveLength(5);
  });

  test("one that waited for too long is told to come back", async () => {
    const { post, breaking } = open();
    breaking((work) =>
      work({
        insert: () => {
          throw Object.assign(new DatabaseError("canceling statement due to lock timeout", 0, "error"), {
            code: "55P03",
          });
        },
      } as never),
    );
    const answer = await post("k1");
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([409, "1"]);
    expect(await backend.db.select().from(idempotency_keys)).toEqual([]);
  });

  test("keys belong to who sends them: two people may use the same one", async () => {
    const { post } = open();
    await post("k1");
    const other = await post("k1", { actor: person("usr_bob"), body: { n: 9 } });
    expect([other.status, other.headers.get("idempotency-replayed"), await things()]).toEqual([201, null, 2]);
  });

  test("without a key, and for nobody in particular, each request stands for itself", async () => {
    const { post } = open();
    await Promise.all([post(null), post(null)]);
    await post("k1", { actor: { type: "anonymous" } });
    await post("k1", { actor: { type: "anonymous" } });
    expect(await things()).toBe(4);
    expect(await backend.db.select().from(idempotency_keys)).toEqual([]);
  });

  test("a refusal for good is given again, also after its reason is gone", async () => {
    const { post, meanwhile } = open();
    meanwhile(() => Promise.reject(new AppError("conflict", "There is one of that name.")));
    expect((await post("k1")).status).toBe(409);
    meanwhile(async () => {});
    const again = await post("k1");
    expect([again.status, again.headers.get("idempotency-replayed"), await things()]).toEqual([
      409,
      "true",
      0,
    ]);
    expect(again.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each(["internal", "unavailable", "rate_limited", "locked", "step_up_required", "forbidden"] as const)(
    "what failed as %s may be tried again under its key",
    async (code) => {
      const { post, meanwhile } = open();
      meanwhile(() => Promise.reject(new AppError(code, "Not now.")));
      expect((await post("k1")).status).toBeGreaterThanOrEqual(403);
      meanwhile(async () => {});
      expect((await post("k1")).status).toBe(201);
      expect(await things()).toBe(1);
    },
  );

  test.each(["", "x".repeat(256), "k\u00e9y"])("the key %j is refused", async (key) => {
    const { post } = open();
    expect([(await post(key)).status, await things()]).toEqual([422, 0]);
  });

  test("the keys of yesterday are forgotten", async () => {
    const { state, post } = open();
    await post("old");
    state.now += 24 * 60 * MINUTE;
    await post("new");
    await sweepIdempotencyKeys({ db: backend.db, now: () => state.now + 1 });
    expect((await backend.db.select().from(idempotency_keys)).map(({ key }) => key)).toEqual(["new"]);
  });
});
