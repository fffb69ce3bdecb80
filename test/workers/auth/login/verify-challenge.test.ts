import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { replaceRecoveryCodes } from "../../../../shared/auth/mfa/recovery-codes.ts";
import { users } from "../../../../shared/db/schema/index.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const MINUTE_MS = 60_000;

async function challenged(backend: Backend) {
  const app = loginApp(backend);
  const ann = await app.join(ANN);
  const code = await app.addFactor(ann.id);
  const challenge = async () => {
    const answer = await app.logIn(ANN);
    expect(answer).toMatchObject({
      status: 200,
      body: { mfa_required: true, expires_in: 300, methods: ["otp", "recovery"] },
    });
    expect(answer.body).not.toHaveProperty("access_token");
    return String(answer.body.challenge_token);
  };
  const verify = (challenge_token: string, given: string) =>
    app.post("/auth/mfa/verify", { challenge_token, code: given });
  return { ...app, ann, code, challenge, verify };
}

describeOnEachBackend("POST /auth/mfa/verify", (backend) => {
  it("completes a log-in with the code, and the session has proved a second factor", async () => {
    const { challenge, verify, code, send, tokensOf, audited } = await challenged(backend);
    const answer = await verify(await challenge(), code());
    expect(answer).toMatchObject({ status: 200, body: { device_token: expect.any(String) } });
    const { access_token } = tokensOf(answer);
    const sessions = await send(access_token, "GET", "/auth/sessions");
    expect(sessions.body.data).toMatchObject([{ methods: ["pwd", "otp"], mfa_at: expect.any(String) }]);
    expect((await audited()).map(({ action }) => action)).toEqual(["user.logged_in"]);
  });

  it("a code sent with the password logs in at once", async () => {
    const { logIn, code } = await challenged(backend);
    expect((await logIn(ANN, PASSWORD, { code: code() })).body).toHaveProperty("access_token");
  });

  it("takes a recovery code in place of the authenticator, once", async () => {
    const { ctx, ann, challenge, verify } = await challenged(backend);
    const [spare = ""] = await ctx.transact((tx) => replaceRecoveryCodes(tx, ann.id));
    expect((await verify(await challenge(), spare)).status).toBe(200);
    expect((await verify(await challenge(), spare)).status).toBe(401);
  });

  it("sends the mail of a used recovery code at once, and none where the log-in came to nothing", async () => {
    const { ctx, ann, challenge, verify, mails } = await challenged(backend);
    const [spare = ""] = await ctx.transact((tx) => replaceRecoveryCodes(tx, ann.id));
    const token = await challenge();
    const sent: unknown[] = [];
    ctx.queue = { send: async (message) => void sent.push(message) };
    await ctx.db.update(users).set({ status: "suspended" }).where(eq(users.id, ann.id));
    expect((await verify(token, spare)).status).toBe(403);
    expect(sent).toEqual([]);
    await ctx.db.update(users).set({ status: "active" }).where(eq(users.id, ann.id));
    expect((await verify(token, spare)).status).toBe(200);
    expect(sent).toHaveLength((await mails()).length);
    expect((await mails()).map(({ kind }) => kind)).toContain("recovery_code_used");
  });

  it("takes a challenge once", async () => {
    const { challenge, verify, code, clock } = await challenged(backend);
    const token = await challenge();
    expect((await verify(token, code())).status).toBe(200);
    clock.now += 30_000;
    expect((await verify(token, code())).status).toBe(401);
  });

  it("of many requests at once with one challenge and good codes, one is let in", async () => {
    const { ctx, ann, challenge, verify, code } = await challenged(backend);
    const token = await challenge();
    const spares = await ctx.transact((tx) => replaceRecoveryCodes(tx, ann.id));
    const codes = [code(), ...spares.slice(0, 3)];
    const answers = await Promise.all(codes.map((each) => verify(token, each)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  it("of two log-ins at once with the same code, one is let in", async () => {
    const { challenge, verify, code } = await challenged(backend);
    const tokens = [await challenge(), await challenge()];
    const answers = await Promise.all(tokens.map((token) => verify(token, code())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  it("gives a challenge five attempts, also where they come at once", async () => {
    const { challenge, verify, code, audited, clock } = await challenged(backend);
    const token = await challenge();
    await Promise.all(Array.from({ length: 5 }, () => verify(token, "000000")));
    // Long enough for the account, not for the challenge.
    clock.now += MINUTE_MS;
    const fresh = await challenge();
    const refused = (await audited()).filter(({ action }) => action === "user.factor_refused");
    expect(refused).toHaveLength(5);
    expect((await verify(token, code())).body.detail).toMatch(/challenge/);
    expect((await verify(fresh, code())).status).toBe(200);
  });

  it("a challenge is over after five minutes", async () => {
    const { challenge, verify, code, clock } = await challenged(backend);
    const token = await challenge();
    clock.now += 5 * MINUTE_MS;
    expect((await verify(token, code())).status).toBe(401);
  });

  it("makes who guesses codes wait, whatever number of challenges they have", async () => {
    const { challenge, verify } = await challenged(backend);
    const statuses: number[] = [];
    for (let i = 0; i < 7; i += 1) statuses.push((await verify(await challenge(), "000000")).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 423, 423]);
  });

  it("lets nobody in whose account was suspended, or whose password was reset, since the password was right", async () => {
    const { ctx, ann, challenge, verify, code, post, mailedToken, settled, clock } =
      await challenged(backend);
    const first = await challenge();
    await ctx.db.update(users).set({ status: "suspended" }).where(eq(users.id, ann.id));
    expect(await verify(first, code())).toMatchObject({ status: 403, body: { code: "forbidden" } });
    await ctx.db.update(users).set({ status: "active" }).where(eq(users.id, ann.id));
    const second = await challenge();
    await post("/auth/password/forgot", { email: ANN });
    await settled();
    const token = await mailedToken("reset_password", ANN);
    expect((await post("/auth/password/reset", { token, password: OTHER_PASSWORD })).status).toBe(200);
    clock.now += 30_000;
    expect((await verify(second, code())).status).toBe(401);
  });
});
