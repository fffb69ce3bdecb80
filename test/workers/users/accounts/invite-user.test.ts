import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { redeemEmailToken } from "../../../../shared/auth/email-tokens.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { accountApp } from "../../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";

const app = (backend: Backend) => accountApp(backend, usersApp);
const tokenIn = (text = "") => /accept-invite\?token=([\w-]{43})\b/.exec(text)?.[1] ?? "";
const HOUR_MS = 3_600_000;

describeOnEachBackend("POST /users", (backend) => {
  it("makes a pending account of the usual role, and mails a link that is good for 72 hours", async () => {
    const { enter, ask, mails, ctx, clock } = app(backend);
    const admin = await enter("admin");
    const answer = await ask(admin, "POST", "/users", { email: " New@Example.org ", name: "New" });
    expect(answer).toMatchObject({
      status: 201,
      body: {
        email: "New@Example.org",
        name: "New",
        role: "trader",
        plan: "free",
        status: "pending",
        email_verified: false,
        groups: [],
        invited_by: admin.id,
      },
    });
    expect(answer.headers.get("location")).toBe(`/api/v1/users/${answer.body.id}`);
    const [mail] = await mails();
    expect(mail).toMatchObject({ kind: "invite", to: "New@Example.org" });
    expect(mail?.text).toContain(`${ctx.config.PUBLIC_URL}/accept-invite?token=`);
    clock.now += 72 * HOUR_MS - 1;
    const proved = await ctx.transact((tx) => redeemEmailToken(tx, ctx, "invite", tokenIn(mail?.text)));
    expect(proved).toMatchObject({ user_id: answer.body.id, email: "New@Example.org" });
  });

  it("sends the link anew, after which the one before is good no more; nobody else is invited again", async () => {
    const { enter, ask, mails, ctx } = app(backend);
    const [admin, ann] = [await enter("admin"), await enter("trader")];
    const { body } = await ask(admin, "POST", "/users", { email: "new@example.org" });
    expect((await ask(admin, "POST", `/users/${body.id}/resend-invitation`)).status).toBe(200);
    const tokens = (await mails()).map(({ text }) => tokenIn(text));
    expect(tokens.map(({ length }) => length)).toEqual([43, 43]);
    const [first, second] = tokens;
    const use = (token = "") => ctx.transact((tx) => redeemEmailToken(tx, ctx, "invite", token));
    expect(await use(first)).toBeNull();
    expect(await use(second)).toMatchObject({ user_id: body.id });
    expect((await ask(admin, "POST", `/users/${ann.id}/resend-invitation`)).status).toBe(409);
  });

  it("refuses an address that has an account, however it is written", async () => {
    const { enter, ask } = app(backend);
    const admin = await enter("admin");
    await enter("trader", { email: "ann@example.org" });
    expect(await ask(admin, "POST", "/users", { email: "ANN@example.org" })).toMatchObject({
      status: 409,
      body: { code: "conflict" },
    });
  });

  it("of two invitations of one address at the same moment makes one account", async () => {
    const { enter, ask } = app(backend);
    const [one, two] = [await enter("admin"), await enter("admin")];
    const answers = await Promise.all(
      [one, two].map((who) => ask(who, "POST", "/users", { email: "new@example.org" })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409]);
  });

  it("takes role, plan and groups, and grants nothing that the inviter lacks", async () => {
    const { enter, ask } = app(backend);
    const [root, admin] = [await enter("super_admin"), await enter("admin")];
    const make = async (name: string, permissions: string[]) =>
      (await ask(root, "POST", "/groups", { name, permissions })).body.id;
    const [exporters, rotators] = [
      await make("e", ["audit:export"]),
      await make("r", ["signing_keys:rotate"]),
    ];
    const invite = (given: object) => ask(admin, "POST", "/users", { email: "new@example.org", ...given });
    expect((await invite({ role: "super_admin" })).status).toBe(403);
    expect((await invite({ groups: [rotators] })).status).toBe(403);
    expect((await invite({ groups: [`grp_${"0".repeat(32)}`] })).status).toBe(422);
    const good = await invite({ role: "viewer", plan: "premium", groups: [exporters, exporters] });
    expect(good).toMatchObject({
      status: 201,
      body: { role: "viewer", plan: "premium", groups: [{ id: exporters, name: "e" }] },
    });
  });

  it("asks for users:roles beside users:write where another role is named", async () => {
    const { enter, ask, ctx } = app(backend);
    const [root, helper] = [await enter("super_admin"), await enter("trader")];
    const group = await ask(root, "POST", "/groups", { name: "desk", permissions: ["users:write"] });
    await ask(root, "POST", `/groups/${group.body.id}/members`, { user_id: helper.id });
    expect((await ask(helper, "POST", "/users", { email: "a@example.org" })).status).toBe(201);
    const refused = await ask(helper, "POST", "/users", { email: "b@example.org", role: "viewer" });
    expect(refused).toMatchObject({ status: 403 });
    expect(refused.body.detail).toContain("users:roles");
    await ctx.db.execute(sql`update users set mfa_enabled_at = now() where id = ${root.id}`);
    expect(await ask(root, "POST", "/users", { email: "c@example.org", role: "admin" })).toMatchObject({
      status: 403,
      body: { code: "step_up_required" },
    });
  });

  it.each([
    [{}, "/email"],
    [{ email: "nobody" }, "/email"],
    [{ email: "a@example.org", role: "boss" }, "/role"],
    [{ email: "a@example.org", name: "\0" }, "/name"],
    [{ email: "a@example.org", password: "x" }, "/password"],
  ])("refuses %j, and names what is wrong", async (body, pointer) => {
    const { enter, ask } = app(backend);
    const answer = await ask(await enter("admin"), "POST", "/users", body);
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer }] } });
  });

  it("is closed to whom the permission is missing", async () => {
    const { enter, ask } = app(backend);
    expect((await ask(await enter("manager"), "POST", "/users", { email: "a@example.org" })).status).toBe(
      403,
    );
  });
});
