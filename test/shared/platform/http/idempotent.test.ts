import { expect, test } from "vitest";
import { idempotency_keys } from "../../../../shared/db/schema/index.ts";
import type { Actor } from "../../../../shared/platform/ctx.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { type AppContext, createApp } from "../../../../shared/platform/http/app.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { idempotent, sweepIdempotencyKeys } from "../../../../shared/platform/http/idempotent.ts";
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

describeOnEachBackend("a POST that creates", (backend) => {
  const open = () => {
    const state = { now: Date.parse("2026-01-01T00:00:00Z"), made: 0 };
    let act: (c: AppContext) => Promise<Response> = async (c) =>
      c.json({ secret: `s3cret-${state.made}`, got: await c.req.json() }, 201, {
        location: `/things/${state.made}`,
        "cache-control": "no-store",
      });
    const app = createApp();
    app.use(async (c, next) => {
      c.set("ctx", c.env.ctx);
      await next();
    });
    app.onError(handleError);
    app.post("/things", jsonBody, idempotent, async (c) => {
      state.made += 1;
      return act(c);
    });
    const post = (
      key: string | null,
      { actor = ANN, body = { n: 1 }, query = "" }: { actor?: Actor; body?: unknown; query?: string } = {},
    ) => {
      const ctx = testCtx({ db: backend.db, now: () => state.now, actor });
      const headers = { "content-type": "application/json", ...(key !== null && { "idempotency-key": key }) };
      const init = { method: "POST", headers, body: JSON.stringify(body) };
      return app.fetch(new Request(`http://x/things${query}`, init), {
        ctx,
        assets: { fetch: () => Promise.reject(new Error("no assets")) },
      });
    };
    const handle = (does: typeof act) => {
      act = does;
    };
    return { state, post, handle };
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
    expect(state.made).toBe(1);
    state.now += 2;
    expect((await post("k1")).headers.get("idempotency-replayed")).toBeNull();
    expect(state.made).toBe(2);
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
      const { state, post } = open();
      await post("k1");
      const answer = await post("k1", other);
      expect([answer.status, state.made]).toEqual([422, 1]);
      expect(await answer.json()).toMatchObject({ errors: [{ pointer: "header:Idempotency-Key" }] });
    },
  );

  test("of many at once one is carried out; the others hear that it is under way, and its answer afterwards", async () => {
    const { state, post, handle } = open();
    const { promise, resolve } = Promise.withResolvers<void>();
    handle(async (c) => {
      await promise;
      return c.json({ done: true }, 201);
    });
    const racing = Array.from({ length: 6 }, () => post("k1"));
    const early = await Promise.all(
      racing.map((answer) =>
        Promise.race([answer, new Promise<null>((settle) => setTimeout(settle, 1500, null))]),
      ),
    );
    const refused = early.filter((answer) => answer !== null);
    expect(refused.map((answer) => [answer.status, answer.headers.get("retry-after")])).toEqual(
      Array.from({ length: 5 }, () => [409, "1"]),
    );
    resolve();
    const all = await Promise.all(racing);
    expect(all.filter((answer) => answer.status === 201)).toHaveLength(1);
    expect(await (await post("k1")).json()).toEqual({ done: true });
    expect(state.made).toBe(1);
  });

  test("keys belong to who sends them: two people may use the same one", async () => {
    const { state, post } = open();
    await post("k1");
    const other = await post("k1", { actor: person("usr_bob"), body: { n: 9 } });
    expect([other.status, other.headers.get("idempotency-replayed"), state.made]).toEqual([201, null, 2]);
  });

  test("without a key, and for nobody in particular, each request stands for itself", async () => {
    const { state, post } = open();
    await Promise.all([post(null), post(null)]);
    await post("k1", { actor: { type: "anonymous" } });
    await post("k1", { actor: { type: "anonymous" } });
    expect(state.made).toBe(4);
    expect(await backend.db.select().from(idempotency_keys)).toEqual([]);
  });

  test("a refusal for good is given again, also after its reason is gone", async () => {
    const { state, post, handle } = open();
    handle(() => Promise.reject(new AppError("conflict", "There is one of that name.")));
    expect((await post("k1")).status).toBe(409);
    handle(async (c) => c.json({}, 201));
    const again = await post("k1");
    expect([again.status, again.headers.get("idempotency-replayed"), state.made]).toEqual([409, "true", 1]);
    expect(again.headers.get("content-type")).toBe("application/problem+json");
  });

  test.each(["internal", "unavailable", "rate_limited", "locked", "step_up_required", "forbidden"] as const)(
    "what failed as %s may be tried again under its key",
    async (code) => {
      const { state, post, handle } = open();
      handle(() => Promise.reject(new AppError(code, "Not now.")));
      expect((await post("k1")).status).toBeGreaterThanOrEqual(403);
      handle(async (c) => c.json({}, 201));
      expect((await post("k1")).status).toBe(201);
      expect(state.made).toBe(2);
    },
  );

  test("a request whose worker died holds its key for two minutes, not for ever", async () => {
    const { state, post, handle } = open();
    handle(() => new Promise(() => {}));
    void post("k1");
    await expect.poll(() => state.made).toBe(1);
    handle(async (c) => c.json({}, 201));
    state.now += 2 * MINUTE;
    expect((await post("k1")).status).toBe(409);
    state.now += 1;
    expect((await post("k1")).status).toBe(201);
  });

  test.each(["", "x".repeat(256), "k\u00e9y"])("the key %j is refused", async (key) => {
    const { state, post } = open();
    expect([(await post(key)).status, state.made]).toEqual([422, 0]);
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
