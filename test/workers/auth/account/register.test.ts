import { expect, it, vi } from "vitest";
import { hashQueue } from "../../../../shared/auth/password/hash-queue.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const DAY_MS = 86_400_000;

function registering(backend: Backend, settings: Record<string, string> = {}) {
  const app = loginApp(backend, settings);
  const register = async (email: string, password = PASSWORD, more: Record<string, unknown> = {}) => {
    const answer = await app.post("/auth/register", { email, password, ...more });
    await app.settled();
    return answer;
  };
  const verify = (token: string, password = PASSWORD) => app.post("/auth/verify-email", { token, password });
  return { ...app, register, verify };
}

describeOnEachBackend("POST /auth/register", (backend) => {
  it("makes an account that can be used once its address is verified", async () => {
    const { register, verify, logIn, mails, mailedToken, ctx, audited } = registering(backend);
    const answer = await register("Ann@Example.org", PASSWORD, { name: " Ann " });
    expect(answer).toMatchObject({ status: 201, body: { status: "verification_sent" } });
    expect((await logIn(ANN)).body.code).toBe("email_not_verified");
    const [mail] = await mails();
    expect(mail).toMatchObject({ kind: "verify_email", to: "Ann@Example.org" });
    expect(mail?.text).toContain(`${ctx.config.PUBLIC_URL}/verify-email?token=`);
    const token = await mailedToken("verify_email", "Ann@Example.org");
    expect(await verify(token)).toMatchObject({ status: 200, body: { status: "verified" } });
    expect((await logIn(ANN)).status).toBe(200);
    expect((await verify(token)).body).toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/token" }],
    });
    expect((await audited()).map(({ action }) => action)).toEqual([
      "user.registered",
      "user.login_refused",
      "user.email_verified",
      "user.logged_in",
    ]);
  });

  it("answers for an address that has an account as for a new one, after as many hashes, and changes nothing", async () => {
    const { join, register, logIn, mails } = registering(backend);
    await join(ANN);
    const run = vi.spyOn(hashQueue, "run");
    const known = await register(ANN, OTHER_PASSWORD);
    const hashes = run.mock.calls.length;
    run.mockClear();
    const fresh = await register("bob@example.org", OTHER_PASSWORD);
    expect(run.mock.calls.length).toBe(hashes);
    run.mockRestore();
    expect(known).toMatchObject({ status: fresh.status, body: fresh.body });
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(401);
    expect((await logIn(ANN)).status).toBe(200);
    expect((await mails()).map(({ kind, to, text }) => [kind, to, /token=/.test(text)])).toEqual([
      ["account_exists", ANN, false],
      ["verify_email", "bob@example.org", true],
    ]);
  });

  it("whoever registered a stranger's address first does not keep its password", async () => {
    const { register, verify, logIn, mailedToken } = registering(backend);
    await register(ANN, OTHER_PASSWORD);
    const first = await mailedToken("verify_email", ANN);
    await register(ANN, PASSWORD);
    expect((await verify(first)).body.errors).toMatchObject([{ pointer: "/password" }]);
    expect((await verify(await mailedToken("verify_email", ANN))).status).toBe(200);
    expect((await verify(first, OTHER_PASSWORD)).body.errors).toMatchObject([{ pointer: "/token" }]);
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(401);
    expect((await logIn(ANN, PASSWORD)).status).toBe(200);
  });

  it("whoever registers an address again before its owner confirms does not get in, whichever link is used", async () => {
    const { register, verify, logIn, user, ctx, mailedToken } = registering(backend);
    await register(ANN, PASSWORD, { name: "Ann" });
    const mine = await mailedToken("verify_email", ANN);
    await register(ANN, OTHER_PASSWORD, { name: "Eve" });
    const theirs = await mailedToken("verify_email", ANN);
    // The owner presses the link of the newest mail, which is not of her registration.
    expect((await verify(theirs)).body.errors).toMatchObject([{ pointer: "/password" }]);
    expect((await verify(mine)).status).toBe(200);
    expect((await logIn(ANN, PASSWORD)).status).toBe(200);
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(401);
    expect((await verify(theirs, OTHER_PASSWORD)).body.errors).toMatchObject([{ pointer: "/token" }]);
    const [ann] = await ctx.db.query.users.findMany();
    expect((await user(ann?.id ?? "")).name).toBe("Ann");
  });

  it("a link confirms nothing without the password of its registration, and stays good", async () => {
    const { register, post, verify, logIn, mailedToken } = registering(backend);
    await register(ANN);
    const token = await mailedToken("verify_email", ANN);
    expect((await post("/auth/verify-email", { token })).body.errors).toMatchObject([
      { pointer: "/password" },
    ]);
    expect((await verify(token, OTHER_PASSWORD)).status).toBe(422);
    expect((await logIn(ANN)).body.code).toBe("email_not_verified");
    expect((await verify(token)).status).toBe(200);
  });

  it("what was answered has its mail in the outbox; what could not be stored is an error, and may be asked again", async () => {
    const { ctx, post, mails } = registering(backend);
    const { transact } = ctx;
    const email = { email: ANN };
    ctx.transact = () => Promise.reject(new AppError("unavailable", "The database is away."));
    expect((await post("/auth/register", { ...email, password: PASSWORD })).status).toBe(503);
    for (const path of ["/auth/password/forgot", "/auth/verify-email/resend"])
      expect((await post(path, email)).status).toBe(503);
    ctx.transact = transact;
    expect((await post("/auth/register", { ...email, password: PASSWORD })).status).toBe(201);
    // Nothing that goes on after the answers is waited for: the mails are there already.
    expect((await post("/auth/password/forgot", email)).status).toBe(202);
    expect((await post("/auth/verify-email/resend", email)).status).toBe(202);
    expect((await mails()).map(({ kind }) => kind)).toEqual([
      "verify_email",
      "reset_password",
      "verify_email",
    ]);
  });

  it("as many statements are made for an address that has an account as for one that has none", async () => {
    const { ctx, join, post } = registering(backend);
    await join(ANN);
    const { transact } = ctx;
    const statements: number[] = [];
    ctx.transact = (work) =>
      transact((tx) => {
        const at = statements.push(0) - 1;
        const counted = new Proxy(tx, {
          get(target, name) {
            if (["select", "insert", "update", "delete", "execute"].includes(String(name)))
              statements[at] = (statements[at] ?? 0) + 1;
            const found = Reflect.get(target, name);
            return typeof found === "function" ? found.bind(target) : found;
          },
        });
        return work(counted);
      });
    for (const email of [ANN, "nobody@example.org"]) {
      await post("/auth/password/forgot", { email });
      await post("/auth/verify-email/resend", { email });
    }
    expect(statements).toEqual([4, 4, 4, 4]);
    statements.length = 0;
    for (const email of [ANN, "somebody@example.org"])
      await post("/auth/register", { email, password: PASSWORD });
    expect(statements).toEqual([7, 7]);
  });

  it("of many registrations of one address at once, one account comes of them", async () => {
    const { ctx, post, settled, audited } = registering(backend);
    const answers = await Promise.all(
      Array.from({ length: 3 }, () => post("/auth/register", { email: ANN, password: PASSWORD })),
    );
    await settled();
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await ctx.db.query.users.findMany()).toHaveLength(1);
    expect(await audited()).toHaveLength(3);
  });

  it("is refused where only invited people have accounts", async () => {
    const { register, audited } = registering(backend, { REGISTRATION: "invited" });
    const answer = await register(ANN);
    expect(answer).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(answer.body.detail).toMatch(/invitation/);
    expect(await audited()).toEqual([]);
  });

  it.each([
    ["a short password", { email: ANN, password: "short 1!" }, "/password"],
    ["a common password", { email: ANN, password: "passwordpassword" }, "/password"],
    [
      "a password made of the address",
      { email: "annabella@example.org", password: "annabella-example1" },
      "/password",
    ],
    ["no address", { email: "ann", password: PASSWORD }, "/email"],
    ["a field that is not known", { email: ANN, password: PASSWORD, role: "admin" }, "/role"],
    ["a name with a line break", { email: ANN, password: PASSWORD, name: "A\r\nBcc: x" }, "/name"],
  ])("refuses %s and says where it stands", async (_what, body, pointer) => {
    const { post, ctx } = registering(backend);
    const answer = await post("/auth/register", body);
    expect(answer).toMatchObject({ status: 422, body: { code: "invalid_request", errors: [{ pointer }] } });
    expect(await ctx.db.query.users.findMany()).toEqual([]);
  });
});

describeOnEachBackend("the mail that verifies an address", (backend) => {
  it("is sent again on demand, which voids the one before, and to nobody else; the answer is the same", async () => {
    const { register, join, post, settled, verify, mails, mailedToken } = registering(backend);
    await register(ANN);
    await join("bob@example.org");
    const first = await mailedToken("verify_email", ANN);
    const answers = [];
    for (const email of [ANN, "bob@example.org", "nobody@example.org"])
      answers.push(await post("/auth/verify-email/resend", { email }));
    await settled();
    for (const { status, body } of answers)
      expect({ status, body }).toEqual({ status: 202, body: { status: "verification_sent" } });
    expect((await mails()).map(({ kind, to }) => `${kind} ${to}`)).toEqual([
      `verify_email ${ANN}`,
      `verify_email ${ANN}`,
    ]);
    expect((await verify(first)).body.errors).toMatchObject([{ pointer: "/token" }]);
    expect((await verify(await mailedToken("verify_email", ANN))).status).toBe(200);
  });

  it("cannot be had without end", async () => {
    const { register, post, settled, mails, clock } = registering(backend);
    await register(ANN);
    const again = async (times: number) => {
      for (let i = 0; i < times; i += 1) await post("/auth/verify-email/resend", { email: ANN });
      await settled();
      return (await mails()).length;
    };
    expect(await again(6)).toBe(1 + 3);
    clock.now += 60_000;
    expect(await again(3)).toBe(1 + 4);
  });

  it("is good for a day, and for nothing else", async () => {
    const { register, verify, post, clock, mailedToken } = registering(backend);
    await register(ANN);
    const token = await mailedToken("verify_email", ANN);
    for (const path of ["/auth/password/reset", "/auth/accept-invite"])
      expect((await post(path, { token, password: OTHER_PASSWORD })).body.errors).toMatchObject([
        { pointer: "/token" },
      ]);
    clock.now += DAY_MS;
    expect((await verify(token)).status).toBe(422);
  });

  it("of many requests at once with one token, one is let through", async () => {
    const { register, verify, mailedToken, audited } = registering(backend);
    await register(ANN);
    const token = await mailedToken("verify_email", ANN);
    const answers = await Promise.all(Array.from({ length: 8 }, () => verify(token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await audited()).filter(({ action }) => action === "user.email_verified")).toHaveLength(1);
  });
});
