import { decode as decodePng } from "fast-png";
import jsQR from "jsqr";
import { generateSync } from "otplib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { getJson, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";

const PASSWORD = "violet harbour sings quietly";
const OTHER_PASSWORD = "marble ocean walks backwards";

let platform: Platform;

beforeAll(async () => {
  platform = await openPlatform({ vars: { REGISTRATION: "open", PUBLIC_MARKET: "off" } });
});
afterAll(() => platform?.stop());

const Body = z.record(z.string(), z.unknown());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    body: text === "" ? {} : Body.parse(JSON.parse(text)),
  };
}
const post = (path: string, body: unknown, headers?: Record<string, string>) =>
  call("POST", path, body, headers);
const bearer = (token: unknown) => ({ authorization: `Bearer ${String(token)}` });

const Mailbox = z.object({
  data: z.array(z.object({ to: z.string(), subject: z.string(), text: z.string() })),
});

async function mailsTo(email: string) {
  return Mailbox.parse(await getJson(`${platform.url}/dev/mailbox?to=${encodeURIComponent(email)}`)).data;
}

/** Waits for a mail whose subject has a word, and gives the token of its link. */
async function mailedToken(email: string, word: RegExp): Promise<string> {
  const found = await until(
    async () => (await mailsTo(email)).filter(({ subject }) => word.test(subject)),
    (mails) => mails.length > 0,
  );
  const [, token] = /[?&]token=([\w-]+)/.exec(found[0]?.text ?? "") ?? [];
  return token ?? "";
}

async function enter(email: string, password = PASSWORD) {
  expect((await post("/auth/register", { email, password, name: "Ann" })).status).toBe(201);
  const token = await mailedToken(email, /Confirm/);
  expect((await post("/auth/verify-email", { token, password })).status).toBe(200);
}

const logIn = (email: string, password = PASSWORD, more: Record<string, string> = {}) =>
  post("/auth/login", { email, password, ...more });

/** What a phone's camera makes of a data: address. */
function scan(png: string): URL {
  const bytes = Uint8Array.from(atob(png.replace("data:image/png;base64,", "")), (c) => c.charCodeAt(0));
  const { width, height, data, channels } = decodePng(bytes);
  const pixels = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i += 1) pixels.fill(Number(data[i * channels]), i * 4, i * 4 + 3);
  return new URL(jsQR(pixels, width, height)?.data ?? "about:blank");
}

test("a new user goes all the way: register, verify, second factor, lost phone, sessions, a key, log out", async () => {
  const email = "ann@xsema.example";
  expect((await logIn(email)).status).toBe(401);
  const registered = await post("/auth/register", { email, password: PASSWORD, name: "Ann" });
  expect(registered).toMatchObject({ status: 201, body: { status: "verification_sent" } });
  expect((await logIn(email)).body.code).toBe("email_not_verified");
  const verification = await mailedToken(email, /Confirm/);
  expect((await post("/auth/verify-email", { token: verification, password: PASSWORD })).status).toBe(200);

  const first = await logIn(email);
  expect(first).toMatchObject({
    status: 200,
    body: { token_type: "Bearer", device_token: expect.any(String) },
  });
  const owner = bearer(first.body.access_token);
  const me = await call("GET", "/auth/me", undefined, owner);
  expect(me.body).toMatchObject({
    email,
    name: "Ann",
    role: "trader",
    plan: "free",
    mfa: { enabled: false },
  });

  const setup = await post("/auth/mfa/setup", { current_password: PASSWORD }, owner);
  const secret = scan(String(setup.body.qr_png)).searchParams.get("secret") ?? "";
  expect(secret).toBe(setup.body.secret);
  const codeAt = (offset_s: number) =>
    generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + offset_s });
  const activated = await post("/auth/mfa/activate", { code: codeAt(0) }, owner);
  expect(activated.status).toBe(200);
  const spares = z.array(z.string()).parse(activated.body.recovery_codes);
  expect(spares).toHaveLength(10);

  const asked = await logIn(email);
  expect(asked.body).toMatchObject({ mfa_required: true, challenge_token: expect.any(String) });
  const { challenge_token } = asked.body;
  expect((await post("/auth/mfa/verify", { challenge_token, code: "000000" })).status).toBe(401);
  const code = codeAt(30);
  const second = await post("/auth/mfa/verify", { challenge_token, code });
  expect(second.body).toHaveProperty("access_token");
  expect((await post("/auth/mfa/verify", { challenge_token, code })).status).toBe(401);

  // The phone is lost: a recovery code does, once.
  const [spare = ""] = spares;
  const third = await logIn(email, PASSWORD, { code: spare });
  expect(third.status).toBe(200);
  expect((await logIn(email, PASSWORD, { code: spare })).status).toBe(401);
  const now = bearer(third.body.access_token);

  const sessions = await call("GET", "/auth/sessions", undefined, now);
  const others = z.array(z.object({ id: z.string(), current: z.boolean() })).parse(sessions.body.data);
  expect(others).toHaveLength(3);
  for (const { id } of others.filter(({ current }) => !current))
    expect((await call("DELETE", `/auth/sessions/${id}`, undefined, now)).status).toBe(204);
  expect((await call("GET", "/auth/me", undefined, bearer(second.body.access_token))).body.code).toBe(
    "session_ended",
  );
  expect((await call("GET", "/auth/me", undefined, owner)).body.code).toBe("session_ended");

  const key = await post("/api-keys", { name: "desk", scopes: ["market:read"] }, now);
  expect(key.status).toBe(201);
  const byKey = { "x-api-key": String(key.body.key) };
  expect((await call("GET", "/collections", undefined, byKey)).status).toBe(200);
  expect((await call("GET", "/auth/me", undefined, byKey)).status).toBe(403);
  expect((await call("GET", "/collections")).status).toBe(401);

  const refreshed = await post("/auth/refresh", { refresh_token: third.body.refresh_token });
  expect(refreshed.status).toBe(200);
  const last = bearer(refreshed.body.access_token);
  expect((await call("POST", "/auth/logout", undefined, last)).status).toBe(204);
  expect((await call("GET", "/auth/me", undefined, last)).body.code).toBe("session_ended");
  expect(platform.recentLogs().join("\n")).not.toMatch(/ann@xsema|violet harbour|token=/);
});

describe("over HTTP", () => {
  test("a forgotten password is set anew by mail, which ends sessions and a lock-out", async () => {
    const email = "bob@xsema.example";
    await enter(email);
    const before = await logIn(email);
    const attempts = await Promise.all(Array.from({ length: 30 }, () => logIn(email, OTHER_PASSWORD)));
    const hashed = attempts.filter(({ status }) => status === 401).length;
    // Five are free; where all of them take longer than a wait, one more gets through after it.
    expect(hashed).toBeGreaterThanOrEqual(5);
    expect(hashed).toBeLessThanOrEqual(8);
    const locked = attempts.find(({ status }) => status === 423);
    expect(Number(locked?.headers.get("retry-after"))).toBeGreaterThan(0);

    const known = await post("/auth/password/forgot", { email });
    const unknown = await post("/auth/password/forgot", { email: "nobody@xsema.example" });
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    const token = await mailedToken(email, /new password/);
    const resets = await Promise.all(
      [OTHER_PASSWORD, `${OTHER_PASSWORD} again`].map((password) =>
        post("/auth/password/reset", { token, password }),
      ),
    );
    expect(resets.map(({ status }) => status).sort()).toEqual([200, 422]);
    const password = resets[0]?.status === 200 ? OTHER_PASSWORD : `${OTHER_PASSWORD} again`;
    expect((await call("GET", "/auth/me", undefined, bearer(before.body.access_token))).status).toBe(401);
    expect((await post("/auth/refresh", { refresh_token: before.body.refresh_token })).status).toBe(401);
    expect((await logIn(email, password)).status).toBe(200);
    expect((await logIn(email)).status).toBe(401);
    expect(await mailsTo("nobody@xsema.example")).toEqual([]);
  });

  test("a device that the account knows is not held up by the failures of others", async () => {
    const email = "cid@xsema.example";
    await enter(email);
    const device_token = String((await logIn(email)).body.device_token);
    // The wait doubles with each failure: on until it is longer than a busy machine needs for the next step.
    await until(
      () => logIn(email, OTHER_PASSWORD),
      ({ status, headers }) => status === 423 && Number(headers.get("retry-after")) >= 4,
      { within: 60_000 },
    );
    const strange = await logIn(email);
    expect([423, 429]).toContain(strange.status);
    expect((await logIn(email, PASSWORD, { device_token })).status).toBe(200);
    const cookie = `xs_device=${device_token}`;
    expect((await post("/auth/login", { email, password: PASSWORD }, { cookie })).status).toBe(200);
  });

  test("a changed password ends the other sessions, and this one goes on", async () => {
    const email = "dee@xsema.example";
    await enter(email);
    const [here, there] = [await logIn(email), await logIn(email)];
    const change = { current_password: PASSWORD, new_password: OTHER_PASSWORD };
    const changed = await post("/auth/password/change", change, bearer(here.body.access_token));
    expect(changed.status).toBe(200);
    expect((await call("GET", "/auth/me", undefined, bearer(changed.body.access_token))).status).toBe(200);
    for (const old of [here, there])
      expect((await call("GET", "/auth/me", undefined, bearer(old.body.access_token))).status).toBe(401);
  });

  test("the form of OAuth 2 gives the tokens that the API documents need", async () => {
    const email = "eve@xsema.example";
    await enter(email);
    const answer = await fetch(`${platform.url}/api/v1/auth/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "password", username: email, password: PASSWORD }),
    });
    expect(answer.status).toBe(200);
    const { access_token } = z.object({ access_token: z.string() }).parse(await answer.json());
    expect((await call("GET", "/auth/me", undefined, bearer(access_token))).status).toBe(200);
  });

  test("what is no JSON, too large or not known is refused before anything is done", async () => {
    const send = (body: string, type = "application/json") =>
      fetch(`${platform.url}/api/v1/auth/login`, { method: "POST", body, headers: { "content-type": type } });
    expect((await send("{")).status).toBe(400);
    expect((await send("a=b", "application/x-www-form-urlencoded")).status).toBe(415);
    expect((await send(JSON.stringify({ email: "x".repeat(70_000) }))).status).toBe(413);
    expect((await send(JSON.stringify({ email: "a@example.org", password: "x", admin: true }))).status).toBe(
      422,
    );
  });
});
