import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { newKeyText } from "../../shared/auth/api-keys/key-text.ts";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { postEvents, rawSales, until } from "../support/api.ts";
import { hangUpAfterGoodbye } from "../support/goodbye.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const Key = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  status: z.string(),
  scopes: z.array(z.string()),
  requests_per_minute: z.number(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  last_used_ip: z.string().nullable(),
  replaced_by: z.string().nullable(),
});
const Made = Key.extend({ key: z.string() });
type Made = z.infer<typeof Made>;
const Page = z.object({ data: z.array(Key), next_cursor: z.string().nullable() });
const Problem = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string() })),
});

let platform: Platform;
let ctx: Ctx;
let ann: Person;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY, PUBLIC_MARKET: "off" } });
  ctx = platformCtx(platform);
  ann = await createPerson(ctx, { plan: "premium" });
  await postEvents(platform, rawSales("watched", "w", 3));
});
afterAll(() => platform.stop());

const MARKET = "/api/v1/collections";

function ask(path: string, headers: Record<string, string> = {}, method = "GET", body?: unknown) {
  return fetch(platform.url + path, {
    method,
    headers: { ...headers, ...(body !== undefined && { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}
const withKey = (key: string, path = MARKET) => ask(path, { authorization: `Bearer ${key}` });

async function problem(answer: Response) {
  return { status: answer.status, ...Problem.parse(await answer.json()) };
}

async function makeKey(given: Record<string, unknown> = {}, who = ann): Promise<Made> {
  const asked = { name: "a program", scopes: ["market:read"], ...given };
  const answer = await ask("/api/v1/api-keys", who.headers, "POST", asked);
  expect(answer.status).toBe(201);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  return Made.parse(await answer.json());
}
const readKey = async (id: string) =>
  Key.parse(await (await ask(`/api/v1/api-keys/${id}`, ann.headers)).json());

describe("a key", () => {
  test("is shown once, works by either header, and says how many requests it has left", async () => {
    const made = await makeKey({ scopes: ["market:read", "alerts:read"], requests_per_minute: 100 });
    expect(made).toMatchObject({ status: "active", requests_per_minute: 100, expires_at: null });
    expect(made.key.startsWith(made.prefix)).toBe(true);

    const bearer = await withKey(made.key);
    expect(bearer.status).toBe(200);
    expect(bearer.headers.get("ratelimit-policy")).toBe('"api-key";q=100;w=60');
    expect(bearer.headers.get("ratelimit")).toMatch(/^"api-key";r=99;t=\d+$/);
    const header = await ask(MARKET, { "x-api-key": made.key });
    expect([header.status, header.headers.get("ratelimit")]).toEqual([
      200,
      expect.stringContaining(";r=98;"),
    ]);

    const list = await (await ask("/api/v1/api-keys", ann.headers)).text();
    expect(list).toContain(made.id);
    expect(list).not.toContain(made.key);
    expect(Object.keys(await readKey(made.id))).not.toContain("key");
    await until(
      () => readKey(made.id),
      ({ last_used_at, last_used_ip }) => last_used_at !== null && last_used_ip !== null,
    );
  });

  test("may do nothing beyond its scopes, and nothing that is for people", async () => {
    const { key } = await makeKey({ scopes: ["alerts:read"] });
    const market = await withKey(key);
    expect(market.headers.get("www-authenticate")).toContain('scope="market:read"');
    expect(await problem(market)).toMatchObject({ status: 403, code: "forbidden" });
    expect((await withKey(key, "/api/v1/api-keys")).status).toBe(403);
    const post = {
      method: "POST",
      headers: { "x-api-key": key, "content-type": "application/json" },
      body: "{}",
    };
    expect((await fetch(`${platform.url}/api/v1/market/events`, post)).status).toBe(403);
  });

  test("with a typing error, of another deployment, or of another kind is told so", async () => {
    const { key } = await makeKey();
    const details = await Promise.all(
      [`${key.slice(0, -1)}${key.endsWith("a") ? "b" : "a"}`, newKeyText(), "xs_live_abc"].map(
        async (text) => {
          const answer = await problem(await withKey(text));
          expect([answer.status, answer.code]).toEqual([401, "unauthorized"]);
          return answer.detail;
        },
      ),
    );
    expect(details[0]).toContain("typing error");
    expect(details[1]).toContain("no such API key");
    expect(details[2]).toContain("is no API key");
  });

  test("over its limit is asked to wait, and for how long", async () => {
    const { key } = await makeKey({ requests_per_minute: 3 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => withKey(key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    const [refused] = answers.filter(({ status }) => status === 429);
    expect(refused?.headers.get("ratelimit")).toMatch(/^"api-key";r=0;t=\d+$/);
    const wait = Number(refused?.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(61);
    expect(refused && (await problem(refused))).toMatchObject({ code: "rate_limited" });
  });

  test("revoked is refused at the next request, wherever it is asked", async () => {
    const { id, key } = await makeKey();
    expect((await withKey(key)).status).toBe(200);
    for (const again of [204, 204])
      expect((await ask(`/api/v1/api-keys/${id}`, ann.headers, "DELETE")).status).toBe(again);
    const refused = await problem(await withKey(key));
    expect([refused.status, refused.detail]).toEqual([401, expect.stringContaining("has been revoked")]);
    expect(await readKey(id)).toMatchObject({ status: "revoked" });
    const rotated = await ask(`/api/v1/api-keys/${id}/rotate`, ann.headers, "POST", {});
    expect(rotated.status).toBe(409);
  });

  test("rotated works on beside its successor until the grace ends", async () => {
    const old = await makeKey({ scopes: ["market:read"], requests_per_minute: 77 });
    const answer = await ask(`/api/v1/api-keys/${old.id}/rotate`, ann.headers, "POST", { grace_s: 3 });
    expect(answer.status).toBe(201);
    const next = Made.parse(await answer.json());
    expect(next).toMatchObject({ name: old.name, scopes: old.scopes, requests_per_minute: 77 });
    expect((await withKey(next.key)).status).toBe(200);
    expect(await readKey(old.id)).toMatchObject({ replaced_by: next.id });
    await until(
      async () => problem(await withKey(old.key)).catch(() => null),
      (said) => said?.detail.includes("has expired") === true,
      { within: 60_000, every: 250 },
    );
    expect((await withKey(next.key)).status).toBe(200);
    const again = await ask(`/api/v1/api-keys/${old.id}/rotate`, ann.headers, "POST", {});
    expect(again.status).toBe(409);
  });

  test("of somebody else does not exist", async () => {
    const { id, key } = await makeKey();
    const bob = await createPerson(ctx);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/rotate"],
    ] as const)
      expect((await ask(`/api/v1/api-keys/${id}${path}`, bob.headers, method)).status).toBe(404);
    expect((await withKey(key)).status).toBe(200);
  });
});

describe("making a key", () => {
  test("is refused beyond one's own permissions, for a time that is past, and beyond the plan", async () => {
    const dan = await createPerson(ctx, { role: "trader", plan: "free" });
    const refused = async (given: Record<string, unknown>) => {
      const asked = { name: "n", scopes: ["market:read"], ...given };
      const answer = await problem(await ask("/api/v1/api-keys", dan.headers, "POST", asked));
      return [answer.status, answer.errors.map(({ pointer }) => pointer)];
    };
    expect(await refused({ scopes: ["market:read", "users:write", "audit:read"] })).toEqual([
      422,
      ["/scopes/1", "/scopes/2"],
    ]);
    expect(await refused({ scopes: ["market:fly"] })).toEqual([422, ["/scopes/0"]]);
    expect(await refused({ scopes: [] })).toEqual([422, ["/scopes"]]);
    expect(await refused({ expires_at: "2020-01-01T00:00:00Z" })).toEqual([422, ["/expires_at"]]);
    expect(await refused({ requests_per_minute: 61 })).toEqual([422, ["/requests_per_minute"]]);
    const made = await Promise.all(
      Array.from({ length: 8 }, () =>
        ask("/api/v1/api-keys", dan.headers, "POST", { name: "n", scopes: ["market:read"] }),
      ),
    );
    expect(made.map(({ status }) => status).sort()).toEqual([201, 201, 201, 201, 201, 409, 409, 409]);
  });

  test("pages through all of one's keys, newest first", async () => {
    const eve = await createPerson(ctx);
    const made = [];
    for (let n = 0; n < 5; n += 1) made.push((await makeKey({ name: `key ${n}` }, eve)).name);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = Page.parse(await (await ask(`/api/v1/api-keys?limit=2${query}`, eve.headers)).json());
      seen.push(...page.data.map(({ name }) => name));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(made.reverse());
  });
});

/** Opens a live connection with a key. */
async function watch(key: string): Promise<{ closed: Promise<number> }> {
  const address = `${platform.url.replace("http", "ws")}/api/v1/collections/watched/live`;
  const socket = new WebSocket(address, [LIVE_PROTOCOL, `bearer.${key}`]);
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  hangUpAfterGoodbye(socket);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { closed };
}

test("a live connection opens with a key and closes when it is revoked or expires", async () => {
  const revoked = await makeKey();
  const { closed } = await watch(revoked.key);
  expect((await ask(`/api/v1/api-keys/${revoked.id}`, ann.headers, "DELETE")).status).toBe(204);
  expect(await closed).toBe(4401);

  const expiring = await makeKey({ expires_at: new Date(Date.now() + 6000).toISOString() });
  expect(await (await watch(expiring.key)).closed).toBe(4401);
  expect((await withKey(expiring.key)).status).toBe(401);
});

test("while Postgres is away a known key goes on, over a restart too; nobody can say of an unknown one", async () => {
  const health = (key: string) => ask("/api/v1/market/events", { "x-api-key": key }, "POST", { events: [] });
  expect((await health(platform.ingestKey)).status).toBe(200);
  await platform.pauseDatabase();
  try {
    expect((await health(platform.ingestKey)).status).toBe(200);
    await platform.killWorker();
    await platform.restartWorker();
    expect((await health(platform.ingestKey)).status).toBe(200);
    const unknown = await health(newKeyText());
    expect([unknown.status, unknown.headers.get("retry-after")]).toEqual([503, "5"]);
  } finally {
    await platform.resumeDatabase();
  }
  await until(
    async () => (await health(newKeyText())).status,
    (status) => status === 401,
  );
});
