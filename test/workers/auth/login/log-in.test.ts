import { hashSync } from "bcryptjs";
import { expect, it, vi } from "vitest";
import { hashQueue } from "../../../../shared/auth/password/hash-queue.ts";
import { notifications } from "../../../../shared/db/schema/index.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
/** For tests of dozens of log-ins, each with a hash and a transaction. */
const MANY = { timeout: 60_000 };

/** An answer without what differs each time. */
const plain = ({ status, body }: { status: number; body: Record<string, unknown> }) => ({ status, ...body });

async function countHashes<T>(work: () => Promise<T>): Promise<{ hashes: number; result: T }> {
  const run = vi.spyOn(hashQueue, "run");
  try {
    const result = await work();
    return { hashes: run.mock.calls.length, result };
  } finally {
    run.mockRestore();
  }
}

describeOnEachBackend("POST /auth/login", (backend: Backend) => {
  it("answers tokens for the right password, in whatever case the address is written", async () => {
    const { join, logIn, tokensOf, send, audited } = loginApp(backend);
    const ann = await join(ANN);
    const answer = await logIn(" ANN@Example.org ");
    expect(answer).toMatchObject({
      status: 200,
      body: { token_type: "Bearer", expires_in: 1800, device_token: expect.stringMatching(/^[\w-]{43}$/) },
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const me = await send(tokensOf(answer).access_token, "GET", "/auth/me");
    expect(me).toMatchObject({ status: 200, body: { id: ann.id, last_login_at: expect.any(String) } });
    expect(await audited()).toEqual([{ action: "user.logged_in", target_id: ann.id }]);
  });

  it("answers everything that is wrong alike, after the same work", async () => {
    const { join, addFactor, logIn, audited } = loginApp(backend);
    const ann = await join(ANN);
    await join("new@example.org", { status: "pending" });
    await addFactor((await join("mfa@example.org")).id);
    const wrongs = [
      await countHashes(() => logIn(ANN, OTHER_PASSWORD)),
      await countHashes(() => logIn("nobody@example.org", OTHER_PASSWORD)),
      await countHashes(() => logIn("new@example.org", OTHER_PASSWORD)),
      await countHashes(() => logIn("mfa@example.org", OTHER_PASSWORD)),
      await countHashes(() => logIn("mfa@example.org", PASSWORD, { code: "000000" })),
    ];
    expect(wrongs.map(({ hashes }) => hashes)).toEqual([1, 1, 1, 1, 1]);
    const [first, ...others] = wrongs.map(({ result }) => plain(result));
    expect(first).toMatchObject({ status: 401, code: "unauthorized" });
    for (const other of others) expect(other).toEqual(first);
    expect((await audited()).slice(0, 2)).toEqual([
      { action: "user.login_failed", target_id: ann.id },
      { action: "user.login_failed", target_id: null },
    ]);
  });

  it.each([
    ["pending", 403, "email_not_verified"],
    ["inactive", 403, "forbidden"],
    ["suspended", 403, "forbidden"],
    ["locked", 423, "locked"],
  ] as const)("says that an account is %s only to who knows its password", async (status, http, code) => {
    const { join, logIn, audited } = loginApp(backend);
    await join(ANN, { status });
    expect((await logIn(ANN, OTHER_PASSWORD)).status).toBe(401);
    expect(plain(await logIn(ANN))).toMatchObject({ status: http, code });
    expect((await audited()).map(({ action }) => action)).toEqual([
      "user.login_failed",
      "user.login_refused",
    ]);
  });

  it("takes no fields that it does not know, and no address that is none", async () => {
    const { logIn } = loginApp(backend);
    expect((await logIn(ANN, PASSWORD, { remember: "yes" })).body.errors).toEqual([
      { pointer: "/remember", message: expect.any(String) },
    ]);
    expect((await logIn("ann")).body.errors).toEqual([{ pointer: "/email", message: expect.any(String) }]);
  });

  it("puts a hash of today's cost in the place of bcrypt's and of a cheaper one", async () => {
    const { join, logIn, user } = loginApp(backend);
    const ann = await join(ANN, { password_hash: hashSync(PASSWORD, 4) });
    const answer = await logIn(ANN);
    expect(answer.status).toBe(200);
    expect((await user(ann.id)).password_hash).toMatch(/^\$argon2id\$v=19\$m=7168,t=1,p=1\$/);
    const dearer = loginApp(backend, { PASSWORD_PASSES: "2" });
    expect((await dearer.logIn(ANN)).status).toBe(200);
    expect((await user(ann.id)).password_hash).toMatch(/m=7168,t=2,p=1/);
    expect((await dearer.logIn(ANN)).status).toBe(200);
  });

  it("asks for a new password where the present one is too old", async () => {
    const { join, logIn, clock, send, tokensOf } = loginApp(backend, { PASSWORD_MAX_AGE_DAYS: "90" });
    await join(ANN);
    clock.now += 91 * 86_400_000;
    const { access_token } = tokensOf(await logIn(ANN));
    expect((await send(access_token, "GET", "/auth/me")).body).toMatchObject({ must_change_password: true });
    expect((await send(access_token, "PATCH", "/auth/me", { name: "Ann" })).body).toMatchObject({
      code: "password_change_required",
    });
  });
});

describeOnEachBackend("the waits after failed log-ins", (backend: Backend) => {
  const failing = async (app: ReturnType<typeof loginApp>, email: string, times: number) => {
    const statuses: number[] = [];
    for (let i = 0; i < times; i += 1) statuses.push((await app.logIn(email, OTHER_PASSWORD)).status);
    return statuses;
  };

  it("come after five failures, with an account or without, and go when they are waited for", async () => {
    const app = loginApp(backend);
    const { join, logIn, clock, audited, settled, mails } = app;
    const ann = await join(ANN);
    for (const email of [ANN, "nobody@example.org"]) {
      expect(await failing(app, email, 6)).toEqual([401, 401, 401, 401, 401, 423]);
      const locked = await logIn(email);
      expect(locked.headers.get("retry-after")).toBe("1");
      expect(locked.body.code).toBe("locked");
    }
    clock.now += 1000;
    expect((await logIn(ANN)).status).toBe(200);
    // The failures are forgiven: there are five free ones again.
    expect(await failing(app, ANN, 6)).toEqual([401, 401, 401, 401, 401, 423]);
    const locks = (await audited()).filter(({ action }) => action === "user.locked_out");
    expect(locks.map(({ target_id }) => target_id)).toEqual([ann.id, null, ann.id]);
    await settled();
    const sent = await mails();
    expect(sent.map(({ kind, to }) => `${kind} ${to}`)).toEqual(Array(3).fill(`failed_logins ${ANN}`));
    // The one in the middle is about the log-in that came after the failures.
    expect(sent.map(({ text }) => text.includes("right password"))).toEqual([false, true, false]);
  });

  it("lock nobody out who is right twelve times at once", MANY, async () => {
    const { join, logIn } = loginApp(backend);
    await join(ANN);
    const answers = await Promise.all(Array.from({ length: 12 }, () => logIn(ANN)));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    const device_token = String(answers[0]?.body.device_token);
    const again = await Promise.all(Array.from({ length: 12 }, () => logIn(ANN, PASSWORD, { device_token })));
    expect(again.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
  });

  it("let no more than the free ones of a hundred at once be hashed", MANY, async () => {
    const { join, logIn } = loginApp(backend);
    await join(ANN);
    const { hashes, result } = await countHashes(() =>
      Promise.all(Array.from({ length: 100 }, () => logIn(ANN, OTHER_PASSWORD))),
    );
    expect(hashes).toBe(5);
    // Those that came while more were being counted than the address may fail are answered for the address.
    const refused = result.filter(({ status }) => status === 423 || status === 429);
    expect(refused).toHaveLength(95);
  });

  it(
    "hold up no device that the account knows, whoever fails elsewhere or from the same address",
    MANY,
    async () => {
      const app = loginApp(backend);
      const { join, logIn, clock } = app;
      await join(ANN);
      const device_token = String((await logIn(ANN)).body.device_token);
      for (let i = 0; i < 21; i += 1) {
        clock.now += 10;
        await logIn(`victim-${i}@example.org`, OTHER_PASSWORD);
        await logIn(ANN, OTHER_PASSWORD);
      }
      expect((await logIn(ANN)).status).toBe(429);
      expect(await logIn(ANN, PASSWORD, { device_token })).toMatchObject({
        status: 200,
        body: expect.not.objectContaining({ device_token: expect.anything() }),
      });
    },
  );

  it("a known device has five failures of its own, and those do not hold up other devices", async () => {
    const { join, logIn } = loginApp(backend);
    await join(ANN);
    const device_token = String((await logIn(ANN)).body.device_token);
    for (let i = 0; i < 5; i += 1)
      expect((await logIn(ANN, OTHER_PASSWORD, { device_token })).status).toBe(401);
    expect((await logIn(ANN, PASSWORD, { device_token })).status).toBe(423);
    expect((await logIn(ANN)).status).toBe(200);
  });

  it("a log-in from a known device leaves the guesses of strangers counted", async () => {
    const app = loginApp(backend);
    const { join, logIn } = app;
    await join(ANN);
    const device_token = String((await logIn(ANN)).body.device_token);
    expect(await failing(app, ANN, 4)).toEqual([401, 401, 401, 401]);
    expect((await logIn(ANN, PASSWORD, { device_token })).status).toBe(200);
    expect(await failing(app, ANN, 2)).toEqual([401, 423]);
  });

  it("a device token of another account makes nobody known", async () => {
    const app = loginApp(backend);
    const { join, logIn } = app;
    await join(ANN);
    await join("eve@example.org");
    const device_token = String((await logIn("eve@example.org")).body.device_token);
    await failing(app, ANN, 5);
    expect((await logIn(ANN, PASSWORD, { device_token })).status).toBe(423);
  });

  it(
    "come to an address after twenty failures at whatever accounts, also for who has a good one",
    MANY,
    async () => {
      const app = loginApp(backend);
      const { join, logIn, from } = app;
      await join("eve@example.org");
      from("198.51.100.7");
      const statuses: number[] = [];
      for (let i = 0; i < 22; i += 1) {
        await logIn("eve@example.org");
        statuses.push((await logIn(`victim-${i}@example.org`, OTHER_PASSWORD)).status);
      }
      expect(statuses.filter((status) => status === 401)).toHaveLength(20);
      expect(statuses.at(-1)).toBe(429);
      from("198.51.100.8");
      expect((await logIn("eve@example.org")).status).toBe(200);
    },
  );
});

describeOnEachBackend("the mail about a new device", (backend: Backend) => {
  it("goes out for a device that is new to the account, but not at the first log-in of all", async () => {
    const { join, logIn, from, settled, mails } = loginApp(backend);
    await join(ANN);
    from("192.0.2.1", "curl/8.5.0");
    const device_token = String((await logIn(ANN)).body.device_token);
    // The same program at the same address, which forgot its token, is no news.
    await logIn(ANN);
    from("198.51.100.9", "curl/8.5.0");
    await logIn(ANN, PASSWORD, { device_token });
    await settled();
    expect(await mails()).toEqual([]);
    from("203.0.113.5", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");
    await logIn(ANN);
    await settled();
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: "new_device", to: ANN });
    expect(mail?.text).toContain("203.0.113.5");
    expect(await backend.db.select().from(notifications)).toMatchObject([
      { kind: "account.new_device", body: expect.stringContaining("203.0.113.5") },
    ]);
  });

  it("a browser keeps its device token in a cookie that only this host gets", async () => {
    const { join, send } = loginApp(backend, { PUBLIC_URL: "https://xsema.example" });
    await join(ANN);
    const body = { email: ANN, password: PASSWORD };
    const cookie = (await send("none", "POST", "/auth/login", body)).headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^__Host-xs_device=[\w-]{43}; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const again = await send("none", "POST", "/auth/login", body, { cookie: cookie.split(";")[0] ?? "" });
    expect(again.body).not.toHaveProperty("device_token");
  });
});
