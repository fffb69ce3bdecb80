import { expect, it } from "vitest";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { oauthApp as routes } from "../../../../workers/auth/oauth/routes.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { loginApp, OTHER_PASSWORD, PASSWORD } from "../../../support/login-app.ts";

const ANN = "ann@example.org";

function formApp(backend: Backend) {
  const app = loginApp(backend);
  const mounted = createApp();
  mounted.use(async (c, next) => {
    c.set("ctx", app.ctx);
    await next();
  });
  mounted.onError(handleError);
  mounted.route("/", routes);
  const form = async (fields: [string, string][], headers: Record<string, string> = {}) => {
    app.clock.now += 1;
    const response = await mounted.request("/auth/token", {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams(fields).toString(),
    });
    const body: Record<string, unknown> = await response.json();
    return { status: response.status, type: response.headers.get("content-type"), body };
  };
  const asAnn = (...more: [string, string][]) => form([...passwordGrant, ...more]);
  return { ...app, form, asAnn };
}

const passwordGrant: [string, string][] = [
  ["grant_type", "password"],
  ["username", ANN],
  ["password", PASSWORD],
];

describeOnEachBackend("POST /auth/token", (backend) => {
  it("answers the tokens that the API documents ask for by form, and ignores what it need not know", async () => {
    const { join, asAnn, send, tokensOf } = formApp(backend);
    await join(ANN);
    const answer = await asAnn(["scope", ""], ["client_id", "docs"], ["client_secret", ""]);
    expect(answer).toMatchObject({ status: 200, body: { token_type: "Bearer", expires_in: 1800 } });
    expect((await send(tokensOf(answer).access_token, "GET", "/auth/me")).status).toBe(200);
  });

  it("renews them by refresh token", async () => {
    const { join, asAnn, form, tokensOf } = formApp(backend);
    await join(ANN);
    const { refresh_token } = tokensOf(await asAnn());
    const fields: [string, string][] = [
      ["grant_type", "refresh_token"],
      ["refresh_token", refresh_token],
    ];
    expect((await form(fields)).status).toBe(200);
    expect(await form([fields[0] ?? ["", ""], ["refresh_token", "none"]])).toMatchObject({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  it("takes the code as otp, as the client secret, or as the secret of the Basic header", async () => {
    const { join, addFactor, asAnn, form, clock } = formApp(backend);
    const code = await addFactor((await join(ANN)).id);
    expect(await asAnn()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await asAnn(["otp", code()])).status).toBe(200);
    clock.now += 30_000;
    expect((await asAnn(["client_secret", code()])).status).toBe(200);
    clock.now += 30_000;
    const authorization = `Basic ${btoa(`docs:${code()}`)}`;
    expect((await form(passwordGrant, { authorization })).status).toBe(200);
  });

  it("says what is wrong in the words of OAuth 2 and in ours", async () => {
    const { join, form } = formApp(backend);
    await join(ANN);
    const wrong = await form([
      ["grant_type", "password"],
      ["username", ANN],
      ["password", OTHER_PASSWORD],
    ]);
    expect(wrong).toMatchObject({
      status: 400,
      type: expect.stringMatching(/^application\/json\b/),
      body: {
        status: 400,
        code: "unauthorized",
        error: "invalid_grant",
        error_description: "The e-mail address, the password or the code is wrong.",
        trace_id: expect.any(String),
      },
    });
    expect((await form([["grant_type", "client_credentials"]])).body.error).toBe("unsupported_grant_type");
    expect((await form([["grant_type", "password"]])).body.error).toBe("invalid_request");
    expect((await form([...passwordGrant, ["username", "eve@example.org"]])).body).toMatchObject({
      error: "invalid_request",
      errors: [{ pointer: "/username" }],
    });
    expect((await form(passwordGrant, { "content-type": "text/plain" })).status).toBe(400);
  });
});
