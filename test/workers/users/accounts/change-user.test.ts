import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { readRows } from "../../../../shared/db/rows.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { accountApp, type Somebody } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const Logged = z.object({
  actor_id: z.string().nullable(),
  action: z.string(),
  target_id: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});

async function audited(backend: Backend) {
  return readRows(
    backend.db,
    sql`select actor_id, action, target_id, before, after from audit_log order by seq`,
    Logged,
  );
}

const app = (backend: Backend) => accountApp(backend, usersApp);

describeOnEachBackend("PATCH /users/{id}", (backend) => {
  it("changes a name, writes who did it with before and after, and gives the next revision", async () => {
    const { enter, ask } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader", { name: "Ann" })];
    const answer = await ask(admin, "PATCH", `/users/${ann.id}`, { name: " Anna " }, { "if-match": '"1"' });
    expect(answer).toMatchObject({ status: 200, body: { name: "Anna", role: "trader", revision: 2 } });
    expect(answer.headers.get("etag")).toBe('"2"');
    expect(await audited(backend)).toEqual([
      {
        actor_id: admin.id,
        action: "user.changed",
        target_id: ann.id,
        before: { name: "Ann", role: "trader", plan: "free" },
        after: { name: "Anna", role: "trader", plan: "free" },
      },
    ]);
  });

  it("refuses an edit made from an older revision, and changes nothing", async () => {
    const { enter, ask } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    await ask(admin, "PATCH", `/users/${ann.id}`, { name: "First" });
    const late = await ask(admin, "PATCH", `/users/${ann.id}`, { name: "Second" }, { "if-match": '"1"' });
    expect(late).toMatchObject({ status: 412, body: { code: "stale_edit" } });
    expect((await ask(admin, "GET", `/users/${ann.id}`)).body.name).toBe("First");
  });

  it("makes access tokens of before worth nothing when the role changes, and tells the gate", async () => {
    const { enter, ask, send, tokenOf, told } = app(backend);
    const [admin, manager] = [await enter("admin"), await enter("manager")];
    const token = await tokenOf(manager);
    expect((await send(token, "GET", "/users")).status).toBe(200);
    expect((await ask(admin, "PATCH", `/users/${manager.id}`, { role: "trader" })).status).toBe(200);
    expect(told).toEqual([manager.id]);
    expect(await send(token, "GET", "/users")).toMatchObject({
      status: 401,
      body: { code: "token_expired" },
    });
    expect(await ask(manager, "GET", "/users")).toMatchObject({ status: 403, body: { code: "forbidden" } });
  });

  it.each([
    [{}, "must change something: name, role or plan"],
    [{ name: "" }, "must not be empty"],
    [{ role: "emperor" }, /super_admin/],
    [{ nme: "x" }, /Unrecognized key/],
  ])("refuses %j", async (body, message) => {
    const { enter, ask } = app(backend);
    const answer = await ask(await enter("admin"), "PATCH", `/users/usr_${"0".repeat(32)}`, body);
    expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request" } });
    expect(answer.body.detail).toMatch(message);
  });

  it("finds no account that does not exist", async () => {
    const { enter, ask } = app(backend);
    const nobody = `/users/usr_${"0".repeat(32)}`;
    expect((await ask(await enter("admin"), "PATCH", nobody, { name: "x" })).status).toBe(404);
  });

  it("is closed to whom the permission is missing, also for their own account", async () => {
    const { enter, ask } = app(backend);
    const manager = await enter("manager");
    expect((await ask(manager, "PATCH", `/users/${manager.id}`, { name: "x" })).status).toBe(403);
  });

  it("lets nobody give a role that may do more than they may", async () => {
    const { enter, ask } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    const answer = await ask(admin, "PATCH", `/users/${ann.id}`, { role: "super_admin" });
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(answer.body.detail).toContain("signing_keys:rotate");
    expect((await ask(admin, "PATCH", `/users/${ann.id}`, { role: "admin" })).status).toBe(200);
  });

  it("lets nobody change who holds more than they do", async () => {
    const { enter, ask } = app(backend);
    const [admin, root] = [await enter("admin"), await enter("super_admin")];
    expect((await ask(admin, "PATCH", `/users/${root.id}`, { name: "x" })).status).toBe(403);
    expect((await ask(admin, "POST", `/users/${root.id}/suspend`)).status).toBe(403);
    expect((await ask(admin, "POST", `/users/${root.id}/force-logout`)).status).toBe(403);
  });

  it("lets nobody change their own role", async () => {
    const { enter, ask } = app(backend);
    const [root] = [await enter("super_admin"), await enter("super_admin")];
    expect((await ask(root, "PATCH", `/users/${root.id}`, { role: "viewer" })).status).toBe(403);
    expect((await ask(root, "PATCH", `/users/${root.id}`, { role: "super_admin", name: "x" })).status).toBe(
      200,
    );
  });

  it("asks who has a second factor for a fresh one before a role or plan, not before a name", async () => {
    const { enter, ask, ctx, clock } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    await ctx.db.execute(sql`update users set mfa_enabled_at = now() where id = ${admin.id}`);
    const change = (body: unknown) => ask(admin, "PATCH", `/users/${ann.id}`, body);
    expect(await change({ role: "viewer" })).toMatchObject({
      status: 403,
      body: { code: "step_up_required" },
    });
    expect(await change({ plan: "premium" })).toMatchObject({
      status: 403,
      body: { code: "step_up_required" },
    });
    expect((await change({ name: "x" })).status).toBe(200);
    const proved = new Date(clock.now).toISOString();
    await ctx.db.execute(sql`update sessions set mfa_at = ${proved} where id = ${admin.session_id}`);
    expect((await change({ role: "viewer", plan: "premium" })).body).toMatchObject({
      role: "viewer",
      plan: "premium",
    });
  });

  it("keeps the last active super admin", async () => {
    const { enter, ask } = app(backend);
    const [one, two] = [await enter("super_admin"), await enter("super_admin")];
    await enter("super_admin", { status: "pending" });
    expect((await ask(one, "POST", `/users/${two.id}/suspend`)).status).toBe(200);
    // The one who is left could only be taken away by somebody who holds as much: a group gives that to an admin.
    const admin = await enter("admin");
    await ask(one, "POST", "/groups", { name: "keys", permissions: ["signing_keys:rotate"] }).then((group) =>
      ask(one, "POST", `/groups/${group.body.id}/members`, { user_id: admin.id }),
    );
    for (const [method, path, body] of [
      ["PATCH", `/users/${one.id}`, { role: "viewer" }],
      ["POST", `/users/${one.id}/suspend`, undefined],
      ["POST", `/users/${one.id}/deactivate`, undefined],
    ] as const) {
      const answer = await ask(admin, method, path, body);
      expect(answer).toMatchObject({ status: 409, body: { code: "conflict" } });
      expect(answer.body.detail).toContain("last active super admin");
    }
  });

  it("leaves one of two super admins who demote each other at the same moment", async () => {
    const { enter, ask, ctx } = app(backend);
    const remaining = async () =>
      (
        await readRows(
          ctx.db,
          sql`select id from users where role = 'super_admin' and status = 'active'`,
          z.object({ id: z.string() }),
        )
      ).length;
    for (let round = 0; round < 3; round += 1) {
      const pair = [await enter("super_admin"), await enter("super_admin")] as const;
      const demote = (who: Somebody, whom: Somebody) =>
        ask(who, "PATCH", `/users/${whom.id}`, { role: "viewer" });
      const answers = await Promise.all([demote(pair[0], pair[1]), demote(pair[1], pair[0])]);
      expect(answers.map(({ status }) => status).toSorted()[0]).toBe(200);
      expect(await remaining()).toBe(1);
      await backend.empty();
    }
  });

  it("leaves one of two super admins whom two others take it from at the same moment", async () => {
    const { enter, ask } = app(backend);
    const roots = [await enter("super_admin"), await enter("super_admin")] as const;
    const admins = [await enter("admin"), await enter("admin")] as const;
    const group = await ask(roots[0], "POST", "/groups", { name: "k", permissions: ["signing_keys:rotate"] });
    for (const { id } of admins)
      await ask(roots[0], "POST", `/groups/${group.body.id}/members`, { user_id: id });
    const answers = await Promise.all([
      ask(admins[0], "PATCH", `/users/${roots[0].id}`, { role: "viewer" }),
      ask(admins[1], "POST", `/users/${roots[1].id}/suspend`),
    ]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
  });
});
