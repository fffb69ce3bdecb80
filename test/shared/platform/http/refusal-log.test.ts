import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Actor } from "../../../../shared/platform/ctx.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { createApp } from "../../../../shared/platform/http/app.ts";
import { requirePermission } from "../../../../shared/platform/http/authorise.ts";
import { handleError } from "../../../../shared/platform/http/handle.ts";
import { createLog } from "../../../../shared/platform/log.ts";
import { mayGrant } from "../../../../workers/users/access/rules.ts";
import { testCtx } from "../../../support/ctx.ts";

const ANN: Actor = {
  type: "user",
  user_id: "usr_ann",
  email: "ann@x.example",
  role: "viewer",
  plan: "free",
  session_id: "ses_1",
  permissions: new Set(["market:read"]),
  mfa_at: null,
  mfa_enabled: false,
  must_change_password: false,
};
const KEY: Actor = {
  type: "api_key",
  key_id: "key_1",
  key_hash: "f".repeat(64),
  user_id: "usr_ann",
  role: "viewer",
  plan: "free",
  permissions: new Set(),
};
const NOBODY: Actor = { type: "anonymous" };

const Line = z.looseObject({ level: z.string(), message: z.string() });
let lines: z.infer<typeof Line>[];
let now = Date.parse("2026-01-01T00:00:00Z");
let address = 0;
beforeEach(() => {
  lines = [];
  address += 1;
});

/** Asks `/things/{id}`, where `refuse` throws. */
async function ask(actor: Actor, refuse: () => void, ip = `192.0.2.${address}`) {
  const log = createLog("warn", {}, undefined, (line) => lines.push(Line.parse(JSON.parse(line))));
  const app = createApp();
  app.use(async (c, next) => {
    const client = { ip, user_agent: "curl of ann@x.example" };
    c.set("ctx", { ...testCtx(), now: () => now, actor, log, client });
    await next();
  });
  app.onError(handleError);
  app.get("/things/:id", (c) => {
    refuse();
    return c.json({});
  });
  return app.request("/things/ann@x.example?q=secret");
}
const fields = () => lines.map(({ time: _, ...rest }) => rest);
const unknown = () => {
  throw new AppError("unauthorized", "Log in first.");
};

describe("what was not allowed is one line", () => {
  const common = {
    level: "warn",
    message: "a request was not allowed",
    code: "forbidden",
    method: "GET",
    route: "/things/:id",
  };

  test("of a person, with the permission that was missing", async () => {
    expect((await ask(ANN, () => requirePermission(ANN, "users:write"))).status).toBe(403);
    expect(fields()).toEqual([{ ...common, user_id: "usr_ann", permission: "users:write" }]);
  });

  test("of a key, by its id and never its hash", async () => {
    await ask(KEY, () => requirePermission(KEY, "alerts:read"));
    expect(fields()).toEqual([{ ...common, user_id: "usr_ann", key_id: "key_1", permission: "alerts:read" }]);
  });

  test("of who would grant what they do not hold", async () => {
    const acting = { user_id: "usr_ann", email: "ann@x.example", holds: new Set<never>() };
    await ask(ANN, () => mayGrant(acting, 'The group "Ann\'s"', ["audit:read", "users:read"]));
    expect(fields()).toEqual([{ ...common, user_id: "usr_ann", permission: "audit:read users:read" }]);
  });

  test("of what needs a fresh factor", async () => {
    await ask(ANN, () => {
      throw new AppError("step_up_required", "This needs a second factor.");
    });
    expect(fields()).toEqual([{ ...common, code: "step_up_required", user_id: "usr_ann" }]);
  });

  test("without anything that names a person", async () => {
    await ask(ANN, () => requirePermission(ANN, "users:write"));
    expect(JSON.stringify(lines)).not.toMatch(/x\.example|192\.0\.2|secret|curl/);
  });
});

test("what was allowed, or wrong in another way, is none", async () => {
  await ask(ANN, () => {});
  await ask(ANN, () => {
    throw new AppError("not_found", "There is no such thing.");
  });
  expect(lines).toEqual([]);
});

describe("unknown callers", () => {
  const times = () => lines.map((line) => line.times);

  test("are a line when they come again and again, at 10, 20, 40, without the address", async () => {
    for (let attempt = 0; attempt < 45; attempt++) await ask(NOBODY, unknown);
    expect(times()).toEqual([10, 20, 40]);
    expect(fields()[0]).toEqual({
      level: "warn",
      message: "requests from one address are refused again and again",
      code: "unauthorized",
      method: "GET",
      route: "/things/:id",
      times: 10,
    });
  });

  test("are counted by address and minute", async () => {
    for (let attempt = 0; attempt < 9; attempt++) await ask(NOBODY, unknown);
    await ask(NOBODY, unknown, "198.51.100.1");
    now += 60_000;
    for (let attempt = 0; attempt < 9; attempt++) await ask(NOBODY, unknown);
    expect(times()).toEqual([]);
    await ask(NOBODY, unknown);
    expect(times()).toEqual([10]);
  });
});
