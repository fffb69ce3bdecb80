import { generateSync } from "otplib";
import { expect, it } from "vitest";
import { RolePermissions } from "../../../../shared/contracts/access.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const NEW = "anna@example.net";

async function loggedIn(backend: Backend) {
  const app = loginApp(backend);
  const ann = await app.join(ANN);
  const tokens = app.tokensOf(await app.logIn(ANN));
  const get = (token = tokens.access_token) => app.send(token, "GET", "/auth/me");
  const patch = (body: unknown, headers?: Record<string, string>) =>
    app.send(tokens.access_token, "PATCH", "/auth/me", body, headers);
  return { ...app, ann, tokens, get, patch };
}

describeOnEachBackend("GET /auth/me", (backend) => {
  it("shows the account, what it may do, and how much its plan allows", async () => {
    const { get, ann } = await loggedIn(backend);
    const { status, body, headers } = await get();
    expect(status).toBe(200);
    expect(headers.get("etag")).toBe('"1"');
    expect(body).toEqual({
      id: ann.id,
      email: ANN,
      pending_email: null,
      name: null,
      role: "trader",
      plan: "free",
      status: "active",
      permissions: [...RolePermissions.trader].sort(),
      limits: {
        api_keys: 5,
        api_key_requests_per_minute: 60,
        webhooks: 5,
        alert_rules: 20,
        metric_series: 500,
        sessions: 20,
      },
      mfa: { enabled: false, recovery_codes_left: 0 },
      must_change_password: false,
      password_changed_at: expect.stringMatching(/^2026-01-01T.*Z$/),
      created_at: expect.stringMatching(/^2026-01-01T.*Z$/),
      last_login_at: expect.stringMatching(/^2026-01-01T.*Z$/),
      revision: 1,
    });
  });
});

describeOnEachBackend("PATCH /auth/me", (backend) => {
  it("changes the name, unless somebody has changed the account since it was read", async () => {
    const { patch } = await loggedIn(backend);
    const changed = await patch({ name: " Ann " }, { "if-match": '"1"' });
    expect(changed).toMatchObject({ status: 200, body: { name: "Ann", revision: 2 } });
    expect(changed.headers.get("etag")).toBe('"2"');
    expect(await patch({ name: "Eve" }, { "if-match": '"1"' })).toMatchObject({
      status: 412,
      body: { code: "stale_edit" },
    });
    expect((await patch({ name: null })).body.name).toBeNull();
  });

  it("moves the account to a new address once that is confirmed, and tells the old one", async () => {
    const { patch, get, tokens, tokensOf, logIn, post, mails, mailedToken, audited, ann } =
      await loggedIn(backend);
    const other = tokensOf(await logIn(ANN));
    const asked = await patch({ email: NEW, current_password: PASSWORD });
    expect(asked).toMatchObject({ status: 200, body: { email: ANN, pending_email: NEW } });
    expect((await post("/auth/refresh", { refresh_token: other.refresh_token })).body.code).toBe(
      "session_ended",
    );
    expect((await logIn(NEW)).status).toBe(401);
    const token = await mailedToken("change_email", NEW);
    expect(await post("/auth/verify-email", { token })).toMatchObject({
      status: 200,
      body: { status: "email_changed" },
    });
    expect((await post("/auth/verify-email", { token })).status).toBe(422);
    // The session lives, its access token names the old address.
    expect((await get()).body.code).toBe("token_expired");
    const { access_token } = tokensOf(await post("/auth/refresh", { refresh_token: tokens.refresh_token }));
    expect((await get(access_token)).body).toMatchObject({ email: NEW, pending_email: null });
    expect((await logIn(NEW)).status).toBe(200);
    expect((await logIn(ANN)).status).toBe(401);
    expect((await mails()).at(-1)).toMatchObject({ kind: "email_changed", to: ANN });
    expect(await audited()).toContainEqual({ action: "user.email_changed", target_id: ann.id });
  });

  it("the address that counts hears of a change at once and can stop it, again and again", async () => {
    const { patch, get, post, mails, mailedToken, audited, ann } = await loggedIn(backend);
    await patch({ email: NEW, current_password: PASSWORD });
    const confirm = await mailedToken("change_email", NEW);
    const stop = await mailedToken("email_change_asked", ANN);
    const toldOld = (await mails()).find(({ kind }) => kind === "email_change_asked");
    expect(toldOld?.text).toMatch(/\/cancel-email-change\?token=[\s\S]+forgot password/);
    expect((await post("/auth/email-change/cancel", { token: confirm })).status).toBe(422);
    for (let press = 0; press < 2; press += 1)
      expect(await post("/auth/email-change/cancel", { token: stop })).toMatchObject({
        status: 200,
        body: { status: "email_change_cancelled" },
      });
    expect((await post("/auth/verify-email", { token: confirm })).status).toBe(422);
    expect((await get()).body).toMatchObject({ email: ANN, pending_email: null });
    const cancelled = { action: "user.email_change_cancelled", target_id: ann.id };
    expect((await audited()).filter(({ action }) => action === cancelled.action)).toEqual([cancelled]);
  });

  it("a change that was confirmed is not stopped any more, and says so", async () => {
    const { patch, post, mailedToken } = await loggedIn(backend);
    await patch({ email: NEW, current_password: PASSWORD });
    const stop = await mailedToken("email_change_asked", ANN);
    await post("/auth/verify-email", { token: await mailedToken("change_email", NEW) });
    expect((await post("/auth/email-change/cancel", { token: stop })).status).toBe(409);
  });

  it.each(["a reset", "a change of the password", "ending all other sessions", "a second factor"])(
    "a pending change of address does not survive %s",
    async (what) => {
      const { patch, get, post, tokens, tokensOf, logIn, send, mailedToken, user, ann } =
        await loggedIn(backend);
      await patch({ email: NEW, current_password: PASSWORD });
      const confirm = await mailedToken("change_email", NEW);
      if (what === "a reset") {
        await post("/auth/password/forgot", { email: ANN });
        const token = await mailedToken("reset_password", ANN);
        await post("/auth/password/reset", { token, password: OTHER_PASSWORD });
      } else if (what === "a change of the password") {
        const words = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
        expect((await post("/auth/password/change", words, tokens.access_token)).status).toBe(200);
      } else if (what === "ending all other sessions") {
        const other = tokensOf(await logIn(ANN));
        expect((await send(other.access_token, "DELETE", "/auth/sessions")).status).toBe(200);
      } else {
        const set = await post("/auth/mfa/setup", { current_password: PASSWORD }, tokens.access_token);
        const code = generateSync({
          secret: String(set.body.secret),
          epoch: Date.parse("2026-01-01") / 1000,
        });
        expect((await post("/auth/mfa/activate", { code }, tokens.access_token)).status).toBe(200);
        expect((await get()).body.pending_email).toBeNull();
      }
      expect((await post("/auth/verify-email", { token: confirm })).status).toBe(422);
      expect((await user(ann.id)).email).toBe(ANN);
    },
  );

  it("a new address needs the password, and a fresh second factor where there is one", async () => {
    const { patch, addFactor, ann, mails } = await loggedIn(backend);
    expect((await patch({ email: NEW })).body.errors).toMatchObject([{ pointer: "/current_password" }]);
    expect((await patch({ email: NEW, current_password: OTHER_PASSWORD })).body.errors).toMatchObject([
      { pointer: "/current_password" },
    ]);
    await addFactor(ann.id);
    expect((await patch({ email: NEW, current_password: PASSWORD })).body.code).toBe("step_up_required");
    expect(await mails()).toEqual([]);
  });

  it("does not tell whether a new address has an account, and takes none away", async () => {
    const { patch, join, mails, logIn } = await loggedIn(backend);
    await join(NEW);
    expect((await patch({ email: NEW, current_password: PASSWORD })).status).toBe(200);
    // The old address hears the same either way.
    expect((await mails()).map(({ kind, to }) => `${kind} ${to}`).sort()).toEqual([
      `account_exists ${NEW}`,
      `email_change_asked ${ANN}`,
    ]);
    expect((await logIn(NEW)).status).toBe(200);
  });

  it("an address that somebody took meanwhile stays theirs", async () => {
    const { patch, join, post, mailedToken, user, ann } = await loggedIn(backend);
    await patch({ email: NEW, current_password: PASSWORD });
    await join(NEW);
    const token = await mailedToken("change_email", NEW);
    expect((await post("/auth/verify-email", { token })).status).toBe(409);
    expect((await user(ann.id)).email).toBe(ANN);
  });

  it("a reset link that was sent to the old address is void at the new one", async () => {
    const { patch, post, settled, mailedToken } = await loggedIn(backend);
    await post("/auth/password/forgot", { email: ANN });
    await settled();
    const reset = await mailedToken("reset_password", ANN);
    await patch({ email: NEW, current_password: PASSWORD });
    await post("/auth/verify-email", { token: await mailedToken("change_email", NEW) });
    expect((await post("/auth/password/reset", { token: reset, password: OTHER_PASSWORD })).status).toBe(422);
  });

  it("refuses what is not one's own to change", async () => {
    const { patch } = await loggedIn(backend);
    expect((await patch({ role: "super_admin" })).status).toBe(422);
    expect((await patch({})).status).toBe(422);
  });
});
