import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { createUser } from "../../../../shared/auth/create-user.ts";
import { issueEmailToken } from "../../../../shared/auth/email-tokens.ts";
import { users } from "../../../../shared/db/schema/index.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";

async function invited(backend: Backend) {
  const app = loginApp(backend, { REGISTRATION: "invited" });
  const { ctx } = app;
  const { user, token } = await ctx.transact(async (tx) => {
    const made = await createUser(tx, ctx, {
      email: ANN,
      name: "Ann",
      role: "analyst",
      plan: "free",
      status: "pending",
      password_hash: null,
      email_verified: false,
    });
    return {
      user: made,
      token: await issueEmailToken(tx, ctx, { user_id: made.id, purpose: "invite", email: ANN }),
    };
  });
  const accept = (password = PASSWORD, more: Record<string, unknown> = {}) =>
    app.post("/auth/accept-invite", { token, password, ...more });
  return { ...app, invited: user, accept };
}

describeOnEachBackend("POST /auth/accept-invite", (backend) => {
  it("gives the account its password, keeps its role, and works once", async () => {
    const { accept, logIn, user, invited: ann, audited } = await invited(backend);
    expect((await logIn(ANN)).status).toBe(401);
    expect(await accept(PASSWORD, { name: "Anna" })).toMatchObject({
      status: 200,
      body: { status: "active" },
    });
    expect(await user(ann.id)).toMatchObject({
      status: "active",
      role: "analyst",
      name: "Anna",
      email_verified_at: expect.any(String),
    });
    expect((await accept(OTHER_PASSWORD)).body.errors).toMatchObject([{ pointer: "/token" }]);
    expect((await logIn(ANN)).status).toBe(200);
    expect(await audited()).toContainEqual({ action: "user.invite_accepted", target_id: ann.id });
  });

  it("a weak password does not use the invitation up", async () => {
    const { accept } = await invited(backend);
    expect((await accept("passwordpassword")).body.errors).toMatchObject([{ pointer: "/password" }]);
    expect((await accept()).status).toBe(200);
  });

  it("of two who accept at once, one does", async () => {
    const { accept } = await invited(backend);
    const answers = await Promise.all([accept(PASSWORD), accept(OTHER_PASSWORD)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });

  it("waits for who changes the account meanwhile, instead of both waiting for each other", async () => {
    const { ctx, accept, invited: ann, user } = await invited(backend);
    const { accepting } = await ctx.transact(async (tx) => {
      // As every administrator's change does: the account first, then what was sent to it.
      await tx.select({ id: users.id }).from(users).where(eq(users.id, ann.id)).for("update");
      const accepting = accept();
      // Long enough that it has come to its transaction; on one connection it never does before this one's end.
      await new Promise((resolve) => setTimeout(resolve, 1000));
      await issueEmailToken(tx, ctx, { user_id: ann.id, purpose: "invite", email: ANN });
      return { accepting };
    });
    expect((await accepting).body.errors).toMatchObject([{ pointer: "/token" }]);
    expect(await user(ann.id)).toMatchObject({ status: "pending", password_hash: null });
  });

  it("is good for 72 hours", async () => {
    const { accept, clock } = await invited(backend);
    clock.now += 72 * 3_600_000;
    expect((await accept()).status).toBe(422);
  });
});
