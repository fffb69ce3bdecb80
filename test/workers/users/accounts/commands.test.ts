import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { emailKey } from "../../../../shared/auth/email-key.ts";
import { issueEmailToken, redeemEmailToken } from "../../../../shared/auth/email-tokens.ts";
import { accountGuardName } from "../../../../shared/auth/login/guard-names.ts";
import { replaceRecoveryCodes } from "../../../../shared/auth/mfa/recovery-codes.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { accountApp } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const app = (backend: Backend) => accountApp(backend, usersApp);
const LIMITS = { free: 2, base_ms: 60_000, max_ms: 60_000, forget_after_ms: 3_600_000 };

describeOnEachBackend("POST /users/{id}/<command>", (backend) => {
  const actions = async () =>
    (
      await readRows(
        backend.db,
        sql`select action from audit_log order by seq`,
        z.object({ action: z.string() }),
      )
    ).map(({ action }) => action);

  it.each([
    ["suspend", "suspended", "user.suspended"],
    ["deactivate", "inactive", "user.deactivated"],
  ])(
    "%s ends sessions and links at once, and activate opens the account again",
    async (verb, status, action) => {
      const { enter, ask, send, tokenOf, told, ctx } = app(backend);
      const [admin, ann] = [await enter("admin"), await enter("manager")];
      const token = await tokenOf(ann);
      const link = await ctx.transact((tx) =>
        issueEmailToken(tx, ctx, { user_id: ann.id, purpose: "reset", email: ann.email }),
      );
      const closed = await ask(admin, "POST", `/users/${ann.id}/${verb}`);
      expect(closed).toMatchObject({ status: 200, body: { status, revision: 2 } });
      expect(told).toEqual([ann.id]);
      expect(await send(token, "GET", "/users")).toMatchObject({
        status: 401,
        body: { code: "session_ended" },
      });
      expect(await ctx.transact((tx) => redeemEmailToken(tx, ctx, "reset", link))).toBeNull();
      expect((await ask(admin, "POST", `/users/${ann.id}/${verb}`)).status).toBe(409);
      const opened = await ask(admin, "POST", `/users/${ann.id}/activate`);
      expect(opened).toMatchObject({ status: 200, body: { status: "active" } });
      expect(await send(token, "GET", "/users")).toMatchObject({
        status: 401,
        body: { code: "session_ended" },
      });
      expect(await actions()).toEqual([action, "user.activated"]);
    },
  );

  it.each(["force-logout", "force-password-change", "deactivate"])(
    "%s voids the open links of the account, that of a pending change of address among them",
    async (verb) => {
      const { enter, ask, ctx } = app(backend);
      const [admin, ann] = [await enter("admin"), await enter("trader", { password_hash: "$argon2id$x" })];
      const given = { user_id: ann.id, email: "anna@example.net" } as const;
      const link = await ctx.transact((tx) =>
        issueEmailToken(tx, ctx, { ...given, purpose: "change_email" }),
      );
      expect((await ask(admin, "POST", `/users/${ann.id}/${verb}`)).status).toBe(200);
      expect(await ctx.transact((tx) => redeemEmailToken(tx, ctx, "change_email", link))).toBeNull();
    },
  );

  it("activates to pending whose address was never verified, and refuses who is active", async () => {
    const { enter, ask } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader", { email_verified: false })];
    expect((await ask(admin, "POST", `/users/${ann.id}/activate`)).status).toBe(409);
    await ask(admin, "POST", `/users/${ann.id}/suspend`);
    expect((await ask(admin, "POST", `/users/${ann.id}/activate`)).body.status).toBe("pending");
  });

  it("unlock opens a locked account, and forgets the failures that are counted against it", async () => {
    const { enter, ask, guards } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader", { status: "locked" })];
    const names = [await accountGuardName(emailKey(ann.email)), `mfa:${ann.id}`, `password:${ann.id}`];
    for (const name of names) await guards.login(name).count(LIMITS);
    expect((await ask(admin, "POST", `/users/${ann.id}/unlock`)).body.status).toBe("active");
    expect(names.map((name) => guards.failures(name))).toEqual([0, 0, 0]);
    await guards.login(`mfa:${ann.id}`).count(LIMITS);
    expect((await ask(admin, "POST", `/users/${ann.id}/unlock`)).status).toBe(200);
    expect(guards.failures(`mfa:${ann.id}`)).toBe(0);
    await ask(admin, "POST", `/users/${ann.id}/suspend`);
    expect((await ask(admin, "POST", `/users/${ann.id}/unlock`)).status).toBe(409);
  });

  it("force-logout ends every session, also one's own, and leaves the account active", async () => {
    const { enter, ask, send, tokenOf } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("manager")];
    const token = await tokenOf(ann);
    expect((await ask(admin, "POST", `/users/${ann.id}/force-logout`)).body).toMatchObject({
      status: "active",
      revision: 1,
    });
    expect(await send(token, "GET", "/users")).toMatchObject({ status: 401 });
    const own = await tokenOf(admin);
    expect((await send(own, "POST", `/users/${admin.id}/force-logout`)).status).toBe(200);
    expect(await send(own, "GET", "/users")).toMatchObject({ status: 401 });
  });

  it("force-password-change leaves nothing else open, and needs a password that can be changed", async () => {
    const { enter, ask } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("manager", { password_hash: "$argon2id$" })];
    const forced = await ask(admin, "POST", `/users/${ann.id}/force-password-change`);
    expect(forced).toMatchObject({ status: 200, body: { must_change_password: true } });
    expect(await ask(ann, "GET", "/users")).toMatchObject({
      status: 403,
      body: { code: "password_change_required" },
    });
    const invited = await enter("trader", { status: "pending" });
    expect((await ask(admin, "POST", `/users/${invited.id}/force-password-change`)).status).toBe(409);
  });

  it("mfa/reset takes a lost factor with its codes, ends every session, and tells the owner and nobody a password", async () => {
    const { enter, ask, send, tokenOf, told, mails, guards, ctx } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("manager", { password_hash: "$argon2id$" })];
    await ctx.transact((tx) => replaceRecoveryCodes(tx, ann.id));
    await ctx.db.execute(
      sql`update users set mfa_secret = 'sealed', mfa_enabled_at = now(), mfa_last_step = 1 where id = ${ann.id}`,
    );
    await guards.login(`mfa:${ann.id}`).count(LIMITS);
    const sent: unknown[] = [];
    ctx.queue = { send: async (message) => void sent.push(message) };
    const token = await tokenOf(ann);
    expect(await ask(admin, "POST", `/users/${ann.id}/mfa/reset`)).toMatchObject({
      status: 200,
      body: { mfa_enabled: false, must_change_password: true, status: "active", revision: 2 },
    });
    expect(told).toEqual([ann.id]);
    expect(await send(token, "GET", "/users")).toMatchObject({
      status: 401,
      body: { code: "session_ended" },
    });
    const [stored] = await readRows(
      ctx.db,
      sql`select mfa_secret, mfa_last_step, password_hash,
        (select count(*)::int from recovery_codes where user_id = u.id) as codes from users u where id = ${ann.id}`,
      z.record(z.string(), z.unknown()),
    );
    expect(stored).toEqual({
      mfa_secret: null,
      mfa_last_step: null,
      password_hash: "$argon2id$",
      codes: 0,
    });
    expect(guards.failures(`mfa:${ann.id}`)).toBe(0);
    const [mail] = await mails();
    expect(mail).toMatchObject({ kind: "mfa_disabled", to: ann.email });
    expect(mail?.text).toContain("An administrator");
    expect(sent).toContainEqual(
      expect.objectContaining({ job: expect.objectContaining({ type: "send_mail" }) }),
    );
    expect(await actions()).toEqual(["user.mfa_reset"]);
    expect(await ask(admin, "POST", `/users/${ann.id}/mfa/reset`)).toMatchObject({ status: 409 });
  });

  it("mfa/reset needs a fresh factor, is not for oneself, nor for who may do more", async () => {
    const { enter, ask, ctx } = app(backend);
    const [admin, root] = [await enter("admin"), await enter("super_admin")];
    await ctx.db.execute(sql`update users set mfa_secret = 'sealed', mfa_enabled_at = now()`);
    expect(await ask(admin, "POST", `/users/${root.id}/mfa/reset`)).toMatchObject({
      status: 403,
      body: { code: "step_up_required" },
    });
    await ctx.db.execute(sql`update sessions set mfa_at = ${new Date(ctx.now()).toISOString()}`);
    const above = await ask(admin, "POST", `/users/${root.id}/mfa/reset`);
    expect(above).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(above.body.detail).toContain("do not hold");
    const own = await ask(root, "POST", `/users/${root.id}/mfa/reset`);
    expect(own).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(own.body.detail).toContain("yourself");
    expect((await ask(root, "POST", `/users/${admin.id}/mfa/reset`)).status).toBe(200);
  });

  it.each(["suspend", "deactivate"])("nobody can %s themselves", async (verb) => {
    const { enter, ask } = app(backend);
    const [one] = [await enter("super_admin"), await enter("super_admin")];
    const answer = await ask(one, "POST", `/users/${one.id}/${verb}`);
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(answer.body.detail).toContain("yourself");
  });

  it.each([
    "suspend",
    "activate",
    "unlock",
    "deactivate",
    "force-logout",
    "force-password-change",
    "mfa/reset",
    "resend-invitation",
  ])("%s needs users:write, an id, and an account", async (verb) => {
    const { enter, ask } = app(backend);
    const [admin, manager] = [await enter("admin"), await enter("manager")];
    expect((await ask(manager, "POST", `/users/${admin.id}/${verb}`)).status).toBe(403);
    expect((await ask(admin, "POST", `/users/me/${verb}`)).status).toBe(422);
    expect((await ask(admin, "POST", `/users/usr_${"0".repeat(32)}/${verb}`)).status).toBe(404);
  });

  it("who is suspended at the same moment as they suspend another does not both", async () => {
    const { enter, ask } = app(backend);
    const pair = [await enter("admin"), await enter("admin")] as const;
    const answers = await Promise.all([
      ask(pair[0], "POST", `/users/${pair[1].id}/suspend`),
      ask(pair[1], "POST", `/users/${pair[0].id}/suspend`),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
  });
});
