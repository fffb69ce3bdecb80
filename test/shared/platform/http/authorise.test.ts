import { expect, test } from "vitest";
import { newKeyText } from "../../../../shared/auth/api-keys/key-text.ts";
import type { Permission } from "../../../../shared/contracts/access.ts";
import type { ApiKeyGateRpc } from "../../../../shared/contracts/accounts.ts";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { defineRoute } from "../../../../shared/platform/http/route.ts";
import { usersApp } from "../../../../workers/users/app.ts";
import { TEST_SETTINGS, testCtx } from "../../../support/ctx.ts";

/** A gate by which every key is good, with these scopes. */
function gateOf(scopes: Permission[]): ApiKeyGateRpc {
  const unexpected = () => {
    throw new Error("the test did not expect it");
  };
  return {
    check: async () => ({
      ok: true,
      key_id: "key_1",
      access: {
        user_id: "usr_1",
        email: "ann@example.org",
        role: "admin",
        plan: "free",
        status: "active",
        version: 1,
        permissions: scopes,
        mfa_enabled: true,
        must_change_password: false,
      },
      scopes,
      expires_at: null,
      rate_limit: { limit: 60, remaining: 59, reset_s: 60 },
    }),
    changed: unexpected,
    watch: unexpected,
  };
}

interface Given {
  scopes?: Permission[];
  market?: "on" | "off";
}

const readable = createApp();
readable.openapi(
  defineRoute(
    { access: { kind: "market" } },
    { method: "get", path: "/things", responses: { 200: { description: "Things" } } },
  ),
  (c) => c.json({}, 200),
);
readable.openapi(
  defineRoute(
    { access: { kind: "market" } },
    { method: "get", path: "/kept", responses: { 200: { description: "Things" } } },
  ),
  (c) => c.json({}, 200, { "cache-control": "private, max-age=60" }),
);

async function ask(
  method: string,
  path: string,
  key?: string,
  { scopes = ["groups:write", "groups:read", "market:read"], market = "on" }: Given = {},
) {
  const given = testCtx();
  const testing = { ...given, config: parseConfig({ ...TEST_SETTINGS, PUBLIC_MARKET: market }) };
  const gates = { ...testing.gates, apiKey: () => gateOf(scopes) };
  const app = createApp();
  app.use(async (c, next) => {
    c.set("ctx", { ...testing, gates });
    await next();
  });
  app.onError(handleError);
  app.route("/", usersApp);
  app.route("/", readable);
  return app.request(path, {
    method,
    headers: { ...(key && { "x-api-key": key }), "content-type": "application/json" },
    ...(method !== "GET" && method !== "DELETE" && { body: "{}" }),
  });
}

test.each([
  ["POST", "/groups"],
  ["PATCH", "/groups/grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60"],
  ["DELETE", "/groups/grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60"],
  ["POST", "/groups/grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60/members"],
  ["DELETE", "/groups/grp_0198c7e2b6a47d3f9c1e5a7b8d2f4e60/members/usr_0198c7e2b6a47d3f9c1e5a7b8d2f4e60"],
])("%s %s asks for a person's second factor, which a key cannot prove", async (method, path) => {
  const answer = await ask(method, path, newKeyText());
  expect(answer.status).toBe(403);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("not for API keys") });
});

test("what somebody who is known is told stays out of every cache, unless a route says otherwise", async () => {
  const key = newKeyText();
  expect((await ask("GET", "/things", key)).headers.get("cache-control")).toBe("no-store");
  expect((await ask("GET", "/kept", key)).headers.get("cache-control")).toBe("private, max-age=60");
});

test("a key without market:read reads what the anonymous may: the market where it is public, and only there", async () => {
  const scopes: Permission[] = ["groups:read"];
  expect((await ask("GET", "/things", newKeyText(), { scopes })).status).toBe(200);
  expect((await ask("GET", "/things", newKeyText(), { scopes, market: "off" })).status).toBe(403);
  expect((await ask("GET", "/things", undefined, { market: "off" })).status).toBe(401);
});

test("what everybody is told may be kept", async () => {
  expect((await ask("GET", "/things")).headers.get("cache-control")).toBeNull();
});
