import { generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { newPushKey } from "../../scripts/local/dev-vars.ts";
import type { Platform } from "../../scripts/local/platform.ts";
import { issueAccessToken } from "../../shared/auth/tokens/issue-access-token.ts";
import { Permission, Role, RolePermissions } from "../../shared/contracts/access.ts";
import type { Db } from "../../shared/db/client.ts";
import { alerts } from "../../shared/db/schema/index.ts";
import { notify } from "../../shared/notifications/notify.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { newId } from "../../shared/platform/ids.ts";
import { getJson } from "../support/api.ts";
import { createPerson, MASTER_KEY, openSessionOf, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const Access = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("public") }),
  z.object({ kind: z.literal("market") }),
  z.object({
    kind: z.literal("user"),
    permission: Permission.optional(),
    step_up: z.boolean().optional(),
    while_password_expired: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("permission"), permission: Permission, step_up: z.boolean().optional() }),
]);
type Access = z.infer<typeof Access>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;
const Document = z.object({
  paths: z.record(z.string(), z.partialRecord(z.enum(METHODS), z.object({ "x-access": Access.optional() }))),
});

interface Route {
  name: string;
  method: string;
  path: string;
  access: Access | undefined;
}

/** What stands in for the parameters of a path; nothing of this kind exists. */
const PARAMETERS: Record<string, string> = { slug: "no-such-collection", token_id: "1" };
const addressOf = (path: string) => path.replace(/\{(\w+)\}/g, (_, name) => PARAMETERS[name] ?? "none_0");

/** Anonymous callers may read the market only where it is open: these tests close it. */
const vars = { MASTER_KEY, PUBLIC_MARKET: "off", VAPID_PRIVATE_KEY: newPushKey() };

const AN_ALERT_RULE = { name: "mine", metric: "host.cpu_percent", operator: ">", threshold: "80" };
const A_SILENCE = {
  matchers: [{ label: "host", value: "db-1" }],
  ends_at: new Date(Date.now() + 3_600_000).toISOString(),
};
const A_WEBHOOK = { url: "https://hooks.example.com/", event_types: ["market.sale"] };

let platform: Platform;
let ctx: Ctx;
let routes: Route[];
let guarded: Route[];

beforeAll(async () => {
  platform = await openPlatform({ vars });
  ctx = platformCtx(platform);
  const { paths } = Document.parse(await getJson(`${platform.url}/api/openapi.json`));
  routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      access: operation?.["x-access"],
    })),
  );
  guarded = routes.filter(({ access }) => access?.kind !== "public");
});
afterAll(() => platform.stop());

/** OTLP's refusals have a code of gRPC: 7 is PERMISSION_DENIED. */
const Refusal = z.object({
  code: z.union([z.string(), z.int().transform((code) => (code === 7 ? "forbidden" : `gRPC ${code}`))]),
});

/** Status and code of an answer; the body of writes is empty, so that nobody changes anything by being allowed. */
async function ask(route: Route, headers: Record<string, string>) {
  const writes = route.method === "POST" || route.method === "PUT" || route.method === "PATCH";
  const answer = await fetch(platform.url + addressOf(route.path), {
    method: route.method,
    headers: { ...(writes && { "content-type": "application/json" }), ...headers },
    body: writes ? "[]" : undefined,
  });
  // A stream would not end by itself.
  if (answer.headers.get("content-type")?.startsWith("text/event-stream")) {
    await answer.body?.cancel();
    return { status: answer.status, code: null };
  }
  const text = await answer.text();
  const type = answer.headers.get("content-type") ?? "";
  const refused = answer.status >= 400 && /^application\/(?:problem\+)?json/.test(type);
  const code = refused ? Refusal.parse(JSON.parse(text)).code : null;
  return { status: answer.status, code };
}

/** Asks every route and gives what was not as expected, by name. */
async function walk(
  headers: (route: Route) => Promise<Record<string, string>>,
  wrong: (route: Route, got: Answer) => boolean,
) {
  const found: string[] = [];
  for (const route of guarded) {
    const got = await ask(route, await headers(route));
    if (wrong(route, got)) found.push(`${route.name}: ${got.status} ${got.code}`);
  }
  return found;
}
type Answer = Awaited<ReturnType<typeof ask>>;

test("every route of the document says who may call it, and there are many", () => {
  expect(routes.filter(({ access }) => access === undefined).map(({ name }) => name)).toEqual([]);
  expect(guarded.length).toBeGreaterThan(40);
});

test("nobody gets anywhere without credentials", async () => {
  expect(
    await walk(
      async () => ({}),
      (_route, { status }) => status !== 401,
    ),
  ).toEqual([]);
});

describe("each role reaches what its permissions name, and nothing else", () => {
  test.each(Role.options)("%s", async (role) => {
    const user = await createPerson(ctx, { role });
    const held = new Set<string>(RolePermissions[role]);
    const open = () => openSessionOf(ctx, { id: user.user_id, email: user.email, role, access_version: 1 });
    let kept: Record<string, string> | undefined;
    const headers = async ({ path }: Route) => {
      const used = kept ?? (await open()).headers;
      // Some routes end the session they are called with.
      kept = path.includes("/auth/") ? undefined : used;
      return used;
    };
    const refused = ({ access }: Route) => {
      if (access === undefined || access.kind === "public") return false;
      const permission = access.kind === "market" ? "market:read" : access.permission;
      return permission !== undefined && !held.has(permission);
    };
    const wrong = await walk(headers, (route, { status, code }) =>
      refused(route) ? status !== 403 || code !== "forbidden" : status === 401 || status === 403,
    );
    expect(wrong).toEqual([]);
  });
});

describe("a token that is not good opens nothing", () => {
  let person: Person;
  beforeAll(async () => {
    person = await createPerson(ctx, { role: "super_admin" });
  });
  const user = () => ({
    id: person.user_id,
    email: person.email,
    role: "super_admin" as const,
    access_version: 1,
  });
  const claims = () => ({
    sub: person.user_id,
    email: person.email,
    role: "super_admin",
    sid: person.session_id,
    ver: 1,
    jti: crypto.randomUUID(),
  });
  const KINDS: [string, () => Promise<string>][] = [
    [
      "expired",
      async () => {
        const past = { ...ctx, now: () => Date.now() - 3 * 60 * 60 * 1000 };
        return (await issueAccessToken(past, { user: user(), session_id: person.session_id })).access_token;
      },
    ],
    [
      "revoked",
      async () => {
        const session = await openSessionOf(ctx, user());
        const ended = await fetch(`${platform.url}/api/v1/auth/logout`, {
          method: "POST",
          headers: session.headers,
        });
        expect(ended.ok).toBe(true);
        return session.access_token;
      },
    ],
    [
      "signed by somebody else under a known key id",
      async () => {
        const { privateKey } = await generateKeyPair("ES256");
        const kid = z
          .object({ kid: z.string() })
          .parse(JSON.parse(atob(person.access_token.split(".")[0] ?? ""))).kid;
        return new SignJWT(claims())
          .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
          .setIssuer(ctx.config.PUBLIC_URL)
          .setAudience(`${ctx.config.PUBLIC_URL}/api`)
          .setIssuedAt()
          .setExpirationTime("10m")
          .sign(privateKey);
      },
    ],
    [
      "of alg none",
      async () =>
        new UnsecuredJWT(claims())
          .setIssuer(ctx.config.PUBLIC_URL)
          .setAudience(`${ctx.config.PUBLIC_URL}/api`)
          .setIssuedAt()
          .setExpirationTime("10m")
          .encode(),
    ],
    [
      "for another audience",
      async () => {
        const elsewhere = { ...ctx, config: { ...ctx.config, PUBLIC_URL: "https://elsewhere.example" } };
        return (await issueAccessToken(elsewhere, { user: user(), session_id: person.session_id }))
          .access_token;
      },
    ],
  ];

  test.each(KINDS)("%s", async (_what, make) => {
    const token = await make();
    const headers = { authorization: `Bearer ${token}` };
    expect(
      await walk(
        async () => headers,
        (_route, { status }) => status !== 401,
      ),
    ).toEqual([]);
  });
});

describe("what belongs to somebody is not there for anybody else, whatever their role", () => {
  /** Makes one for its owner; by the start of the paths that name it. */
  const OWNED: Record<string, (owner: Person) => Promise<string>> = {
    "/api/v1/auth/sessions/": async (owner) => owner.session_id,
    "/api/v1/api-keys/": (owner) =>
      create(owner, "/api/v1/api-keys", { name: "mine", scopes: ["market:read"] }),
    "/api/v1/tasks/": (owner) => create(owner, "/api/v1/tasks", { kind: "import", title: "mine" }),
    "/api/v1/alert-rules/{": (owner) => create(owner, "/api/v1/alert-rules", AN_ALERT_RULE),
    "/api/v1/alerts/{": (owner) => insertAlert(ctx.db, owner),
    "/api/v1/silences/{": (owner) => create(owner, "/api/v1/silences", A_SILENCE),
    "/api/v1/webhooks/": (owner) => create(owner, "/api/v1/webhooks", A_WEBHOOK),
    "/api/v1/deliveries/": async (owner) => {
      const id = await create(owner, "/api/v1/webhooks", A_WEBHOOK);
      return create(owner, `/api/v1/webhooks/${id}/test`, {}, "delivery_id");
    },
    "/api/v1/notifications/{": async ({ user_id }) => {
      const what = {
        kind: "task.finished",
        level: "info",
        title: "Done",
        body: "Mine",
        cause: "me",
      } as const;
      return (await ctx.transact((tx) => notify(tx, ctx, { user_id, ...what }))) ?? "";
    },
    "/api/v1/push-subscriptions/": (owner) =>
      create(owner, "/api/v1/push-subscriptions", {
        endpoint: "https://push.example.com/send/mine",
        // Of the browser in RFC 8291, appendix A.
        keys: {
          p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
          auth: "BTBZMqHH6r4Tts7J_aSIgg",
        },
      }),
  };
  /** Everybody's, or an administrator's business, which the walk over the roles has settled. */
  const SHARED = ["/api/v1/collections/", "/api/v1/users/", "/api/v1/admin/", "/api/v1/groups/"];

  async function create(owner: Person, path: string, body: unknown, name = "id"): Promise<string> {
    const answer = await fetch(platform.url + path, {
      method: "POST",
      headers: { ...owner.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return z.string().parse(z.record(z.string(), z.unknown()).parse(await answer.json())[name]);
  }
  const startsOf = (path: string) => Object.keys(OWNED).filter((start) => path.startsWith(start));

  test("every path that names a thing is known as somebody's or as everybody's", () => {
    const unknown = guarded.filter(
      ({ path }) =>
        path.includes("{") && startsOf(path).length === 0 && !SHARED.some((start) => path.startsWith(start)),
    );
    expect(unknown.map(({ name }) => name)).toEqual([]);
  });

  test("another person is told that there is no such thing", async () => {
    const [owner, other] = await Promise.all([
      createPerson(ctx, { role: "trader" }),
      createPerson(ctx, { role: "super_admin" }),
    ]);
    const found: string[] = [];
    for (const [start, make] of Object.entries(OWNED)) {
      const id = await make(owner);
      const paths = guarded.filter(({ path }) => path.startsWith(start) && path.includes("{"));
      expect(paths.length, start).toBeGreaterThan(0);
      for (const route of paths) {
        const path = route.path.replace(/\{\w+\}/, id);
        const writes = route.method === "POST" || route.method === "PUT" || route.method === "PATCH";
        const answer = await fetch(platform.url + path, {
          method: route.method,
          headers: { ...other.headers, ...(writes && { "content-type": "application/json" }) },
          body: writes ? JSON.stringify(BODIES[route.name] ?? {}) : undefined,
        });
        if (answer.status !== 404) found.push(`${route.name}: ${answer.status} ${await answer.text()}`);
      }
    }
    expect(found).toEqual([]);
  });
});

/** An alert that fired, of a rule that is gone. */
async function insertAlert(db: Db, { user_id }: Person): Promise<string> {
  const at = new Date().toISOString();
  const id = newId("alr", Date.now());
  await db.insert(alerts).values({
    ...{ id, user_id, rule_id: "rul_gone", fingerprint: "f", labels: {}, name: "mine", level: "info" },
    ...{ metric: "host.cpu_percent", condition: "value", state: "active", health: "ok", message: "Mine" },
    ...{ started_at: at, fired_at: at, created_at: at, updated_at: at },
  });
  return id;
}

/** Good bodies, where an empty one would be refused before anybody looks for the thing. */
const BODIES: Record<string, unknown> = {
  "PATCH /api/v1/alert-rules/{id}": { name: "mine" },
  "PATCH /api/v1/silences/{id}": { comment: "mine" },
  "PATCH /api/v1/tasks/{id}": { message: "mine" },
  "PUT /api/v1/webhooks/{id}": A_WEBHOOK,
  "PATCH /api/v1/webhooks/{id}": A_WEBHOOK,
  "POST /api/v1/webhooks/{id}/replay": { since: "2026-01-01T00:00:00Z" },
};
