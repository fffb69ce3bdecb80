import { expect, it } from "vitest";
import { z } from "zod";
import { insertKey } from "../../../../shared/auth/api-keys/insert-key.ts";
import { describeKey, newKeyText } from "../../../../shared/auth/api-keys/key-text.ts";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { authApp } from "../../../../workers/auth/app.ts";
import { jwksApp } from "../../../../workers/auth/tokens/jwks.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp } from "../../../support/login-app.ts";

const ANN = "ann@example.org";
const BOSS = "boss@example.org";

function oauth(backend: Backend) {
  const app = loginApp(backend);
  const mounted = createApp();
  mounted.use(async (c, next) => {
    c.set("ctx", app.ctx);
    await next();
  });
  mounted.onError(handleError);
  mounted.route("/", authApp);
  mounted.route("/", jwksApp);
  const form = async (path: string, token: string | undefined, bearer?: string) => {
    app.clock.now += 1;
    const response = await mounted.request(path, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      body: new URLSearchParams(token === undefined ? [] : [["token", token]]).toString(),
    });
    const text = await response.text();
    const body = z.record(z.string(), z.unknown()).parse(text === "" ? {} : JSON.parse(text));
    return { status: response.status, type: response.headers.get("content-type"), body };
  };
  const enter = async (email: string, role: "trader" | "manager") => {
    const user = await app.join(email, { role });
    return { user, ...app.tokensOf(await app.logIn(email)) };
  };
  return { ...app, mounted, form, enter };
}

describeOnEachBackend("POST /auth/revoke", (backend) => {
  it.each(["access_token", "refresh_token"] as const)("ends the session of an %s", async (kind) => {
    const { enter, form, send, post } = oauth(backend);
    const ann = await enter(ANN, "trader");
    expect(await form("/auth/revoke", ann[kind])).toMatchObject({ status: 200, body: {} });
    expect((await send(ann.access_token, "GET", "/auth/me")).status).toBe(401);
    expect((await post("/auth/refresh", { refresh_token: ann.refresh_token })).status).toBe(401);
    // Again, and for what never was a token, the answer is the same.
    expect((await form("/auth/revoke", ann[kind])).status).toBe(200);
    expect((await form("/auth/revoke", "nonsense")).status).toBe(200);
  });

  it("says what it does not revoke, and what is missing, in the words of OAuth 2", async () => {
    const { form } = oauth(backend);
    expect(await form("/auth/revoke", newKeyText())).toMatchObject({
      status: 400,
      type: expect.stringMatching(/^application\/json\b/),
      body: { error: "unsupported_token_type", error_description: expect.stringMatching(/^[\x20-\x7e]+$/) },
    });
    expect(await form("/auth/revoke", undefined)).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
  });
});

describeOnEachBackend("POST /auth/introspect", (backend) => {
  it("says whose a token is and what it may do now, and only that it is not active once it is not", async () => {
    const { enter, form, user, ctx } = oauth(backend);
    const boss = await enter(BOSS, "manager");
    const ann = await enter(ANN, "trader");
    const look = async (token: string) => (await form("/auth/introspect", token, boss.access_token)).body;
    const issuer = ctx.config.PUBLIC_URL;
    expect(await look(ann.access_token)).toMatchObject({
      active: true,
      sub: ann.user.id,
      username: ANN,
      scope: expect.stringContaining("market:read"),
      client_id: "xsema",
      token_type: "Bearer",
      iss: issuer,
      aud: `${issuer}/api`,
      exp: expect.any(Number),
      jti: expect.any(String),
    });
    expect(await look(ann.refresh_token)).toMatchObject({ active: true, sub: ann.user.id });
    const used = (await user(ann.user.id)).last_login_at;
    await form("/auth/revoke", ann.refresh_token);
    for (const token of [ann.access_token, ann.refresh_token, "nonsense", "a.b.c", newKeyText()])
      expect(await look(token)).toEqual({ active: false });
    expect((await user(ann.user.id)).last_login_at).toBe(used);
  });

  it("tells of an API key what of its scopes its owner holds", async () => {
    const { enter, form, ctx, clock } = oauth(backend);
    const boss = await enter(BOSS, "manager");
    const ann = await enter(ANN, "trader");
    const key = newKeyText();
    const text = await describeKey(key);
    await ctx.transact((tx) =>
      insertKey(tx, ctx, {
        text,
        user_id: ann.user.id,
        name: "indexer",
        scopes: ["market:read", "users:read"],
        requests_per_minute: 60,
        expires_at: new Date(clock.now + 60_000).toISOString(),
      }),
    );
    const look = async () => (await form("/auth/introspect", key, boss.access_token)).body;
    expect(await look()).toMatchObject({ active: true, scope: "market:read", sub: ann.user.id });
    clock.now += 60_000;
    expect(await look()).toEqual({ active: false });
  });

  it("answers only to whoever may read all accounts", async () => {
    const { enter, form } = oauth(backend);
    const ann = await enter(ANN, "trader");
    expect((await form("/auth/introspect", ann.access_token)).status).toBe(401);
    expect((await form("/auth/introspect", ann.access_token, ann.access_token)).status).toBe(403);
  });

  it("is named with the other endpoints in the metadata", async () => {
    const { mounted } = oauth(backend);
    const answer = await mounted.request("/.well-known/oauth-authorization-server");
    expect(await answer.json()).toMatchObject({
      grant_types_supported: ["password", "refresh_token"],
      revocation_endpoint: expect.stringMatching(/\/api\/v1\/auth\/revoke$/),
      introspection_endpoint: expect.stringMatching(/\/api\/v1\/auth\/introspect$/),
      introspection_endpoint_auth_methods_supported: ["Bearer"],
    });
  });
});
