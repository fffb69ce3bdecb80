import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { readRows } from "../../shared/db/rows.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { recordMessage } from "../../shared/webhooks/record-message.ts";
import { newWebhookSecret } from "../../shared/webhooks/secrets.ts";
import { postEvents, rawSales, until } from "../support/api.ts";
import { MASTER_KEY, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { type Receiver, startReceiver, verifyByJudges } from "../support/receiver.ts";
import { insertUser, insertWebhook, readAttempts, readDeliveries } from "../support/webhooks.ts";

const DISABLE_AFTER = 2;
const TIMEOUT_S = 3;

let platform: Platform;
let ctx: Ctx;
let user_id: string;
let resolver: Receiver;
const open: Receiver[] = [];

beforeAll(async () => {
  resolver = await startReceiver((response, { path }) => {
    const { searchParams } = new URL(path, "http://resolver");
    const Answer =
      searchParams.get("type") === "A" ? [{ name: "inside.example.com", type: 1, data: "127.0.0.1" }] : [];
    response.setHeader("content-type", "application/dns-json");
    response.end(JSON.stringify({ Status: 0, Answer }));
  });
  platform = await openPlatform({
    vars: {
      MASTER_KEY,
      WEBHOOK_RETRY_S: "0,1,1",
      WEBHOOK_TIMEOUT_S: String(TIMEOUT_S),
      WEBHOOK_DISABLE_AFTER: String(DISABLE_AFTER),
      WEBHOOK_DNS_URL: resolver.url,
    },
  });
  ctx = platformCtx(platform);
  user_id = await insertUser(ctx.db);
});
afterEach(async () => {
  // What one test left to be delivered is none of the next one's business.
  await ctx.db.execute(sql`delete from webhooks`);
  await Promise.all(open.splice(0).map((receiver) => receiver.stop()));
});
afterAll(async () => {
  await platform.stop();
  await resolver.stop();
});

async function receiver(...given: Parameters<typeof startReceiver>): Promise<Receiver> {
  const started = await startReceiver(...given);
  open.push(started);
  return started;
}

function endpoint(
  url: string,
  collection: string,
  given: Partial<Parameters<typeof insertWebhook>[2]> = {},
): Promise<{ id: string; secret: string }> {
  const topics = [{ event_type: "market.sale", collection }];
  return insertWebhook(ctx.db, ctx.seal, { user_id, url, topics, ...given });
}

const idsOf = ({ received }: Receiver) => new Set(received.map(({ headers }) => headers["webhook-id"]));

/** A committed message that nobody handed over. */
async function commitMessage(webhook: { id: string }, expires_at?: string): Promise<string> {
  await ctx.db.execute(sql`insert into webhook_topics (event_type, collection, webhook_id, user_id, since)
    values ('alert.fired', '*', ${webhook.id}, ${user_id}, '2000-01-01') on conflict do nothing`);
  const found = await ctx.transact((tx) =>
    recordMessage(tx, ctx, {
      type: "alert.fired",
      user_id,
      data: { rule: "floor" },
      occurred_at: new Date().toISOString(),
      expires_at,
    }),
  );
  expect(found).toEqual([webhook.id]);
  return webhook.id;
}

const settled = (webhook_id: string, count = 1) =>
  until(
    () => readDeliveries(ctx.db, webhook_id),
    (all) => all.length >= count && all.every(({ status }) => status !== "pending"),
    { within: 60_000 },
  );

const attempted = (webhook_id: string) =>
  until(
    () => readAttempts(ctx.db, webhook_id),
    (all) => all.length > 0,
    { within: 30_000 },
  );

test("a sale reaches its endpoint signed so that two independent libraries verify it, and a tampered one does not", async () => {
  const hook = await receiver();
  const before = newWebhookSecret();
  const { id, secret } = await endpoint(hook.url, "signed", {
    previous_secret: before,
    previous_secret_until: new Date(Date.now() + 60_000).toISOString(),
    headers: { "x-team": "red", "webhook-id": "mine", "user-agent": "mine" },
  });
  await postEvents(platform, rawSales("signed", "one", 1));
  await until(
    () => hook.received.length,
    (count) => count === 1,
  );
  const [message] = hook.received;
  if (message === undefined) throw new Error("nothing came");
  const payload = verifyByJudges(secret, message);
  expect(verifyByJudges(before, message)).toEqual(payload);
  expect(payload).toMatchObject({
    type: "market.sale",
    data: { collection: "signed", seq: 1, event_key: "one-1", price: "1.25", floor_change: null },
  });
  expect(message.headers).toMatchObject({ "x-team": "red", "content-type": "application/json" });
  expect(message.headers["user-agent"]).toMatch(/^XSEMA-Webhooks\/\d/);
  expect(message.headers["webhook-id"]).toMatch(/^msg_/);

  const tampered = { ...message, body: message.body.replace("1.25", "9.25") };
  expect(tampered.body).not.toBe(message.body);
  expect(() => verifyByJudges(secret, tampered)).toThrow();
  expect(() => verifyByJudges(newWebhookSecret(), message)).toThrow();
  const shifted = String(Number(message.headers["webhook-timestamp"]) - 301);
  const late = { ...message, headers: { ...message.headers, "webhook-timestamp": shifted } };
  expect(() => verifyByJudges(secret, late)).toThrow();

  const [delivery] = await settled(id);
  expect(delivery).toMatchObject({ status: "delivered", attempts: 1 });
  const [attempt] = await readAttempts(ctx.db, id);
  expect(attempt).toMatchObject({ error: null, response_status: 204, request_body: message.body });
  expect(attempt?.request_headers).toMatchObject({ "x-team": "(not kept)" });
  expect(attempt?.trace_id).toBe(message.headers.traceparent?.split("-")[1]);
});

test("whoever was told of sales alone is told that one is taken back: a room's socket, a relay's, a stream and a webhook", async () => {
  const hook = await receiver();
  await endpoint(hook.url, "wrong");
  await postEvents(platform, rawSales("wrong", "sold", 1));
  const texts = { room: "", relay: "", stream: "" };
  const sockets = (["room", "relay"] as const).map((name) => {
    const path = name === "room" ? "collections/wrong/live" : "live";
    const socket = new WebSocket(`${platform.url.replace(/^http/, "ws")}/api/v1/${path}`, [LIVE_PROTOCOL]);
    socket.on("open", () =>
      socket.send(JSON.stringify({ op: "subscribe", collection: "wrong", kinds: ["sale"] })),
    );
    socket.on("message", (data: Buffer) => {
      texts[name] += data.toString();
    });
    return socket;
  });
  const abort = new AbortController();
  const answer = await fetch(`${platform.url}/api/v1/collections/wrong/stream?kinds=sale`, {
    signal: abort.signal,
  });
  const read = async () => {
    for await (const part of answer.body ?? []) texts.stream += new TextDecoder().decode(part);
  };
  const reading = read().catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  const everybody = (part: string) =>
    until(
      () => Object.values(texts).filter((text) => text.includes(part)).length,
      (count) => count === 3,
    );
  await everybody('"op":"snapshot"');
  const at = new Date().toISOString();
  const cancel = {
    event_key: "orphaned",
    kind: "cancel",
    collection: "wrong",
    corrects: "sold-1",
    occurred_at: at,
  };
  await postEvents(platform, [cancel]);
  await everybody('"corrected":[{"event_key":"sold-1","kind":"sale"');
  await until(
    () => hook.received.length,
    (count) => count === 2,
  );
  const bodies = hook.received.map(({ body }) => JSON.parse(body));
  expect(bodies.toSorted((one, other) => (one.type < other.type ? -1 : 1))).toMatchObject([
    { type: "market.corrected", data: { seq: 2, event: { event_key: "sold-1" }, replacement: null } },
    { type: "market.sale", data: { seq: 1, event_key: "sold-1" } },
  ]);
  for (const socket of sockets) socket.close();
  abort.abort();
  await reading;
});

test("an endpoint that fails at first gets the same bytes under the same id until it takes them", async () => {
  const hook = await receiver((response) => {
    if (hook.received.length < 3) response.writeHead(500).end("not today");
    else response.writeHead(200).end("ok");
  });
  const { id, secret } = await endpoint(hook.url, "shaky");
  await postEvents(platform, rawSales("shaky", "one", 1));
  const [delivery] = await settled(id);
  expect(delivery).toMatchObject({ status: "delivered", attempts: 3 });
  expect(new Set(hook.received.map(({ body }) => body)).size).toBe(1);
  expect(idsOf(hook).size).toBe(1);
  for (const message of hook.received) verifyByJudges(secret, message);
  const attempts = await readAttempts(ctx.db, id);
  expect(attempts.map(({ attempt, error, response_body }) => [attempt, error, response_body])).toEqual([
    [1, "status", "not today"],
    [2, "status", "not today"],
    [3, null, "ok"],
  ]);
});

test("time-outs, resets, redirects and names that lead to loopback are failures that say why, and follow nothing", async () => {
  const inside = await receiver();
  const hang = await receiver(() => {});
  const slow = await receiver((response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write("x"), 100);
    response.on("close", () => clearInterval(drip));
  });
  const flood = await receiver((response) => response.end("y".repeat(1_000_000)));
  const reset = await receiver((response, _, request) => {
    response.writeHead(200, { "content-length": "1000" });
    response.write("half");
    setTimeout(() => request.socket.resetAndDestroy(), 50);
  });
  const redirect = await receiver((response) => response.writeHead(307, { location: inside.url }).end());
  const busy = await receiver((response) => response.writeHead(429, { "retry-after": "1" }).end());
  const { port } = new URL(inside.url);
  const cases = {
    hang: hang.url,
    slow: slow.url,
    flood: flood.url,
    reset: reset.url,
    redirect: redirect.url,
    busy: busy.url,
    rebinding: `http://inside.example.com:${port}/`,
    metadata: "http://169.254.169.254/latest/meta-data",
    hexadecimal: "http://0x0a.1/",
  };
  const ids = new Map<string, string>();
  for (const [name, url] of Object.entries(cases)) ids.set(name, (await endpoint(url, "odd")).id);
  await postEvents(platform, rawSales("odd", "one", 1));
  const first = async (name: string) => {
    const [attempt] = await attempted(ids.get(name) ?? "");
    return attempt;
  };
  expect(await first("hang")).toMatchObject({ error: "timeout", response_status: null });
  expect(await first("slow")).toMatchObject({ error: "timeout", response_status: 200 });
  expect((await first("slow"))?.duration_ms).toBeLessThan(TIMEOUT_S * 1000 + 1500);
  expect(await first("flood")).toMatchObject({ error: null, response_body: "y".repeat(4096) });
  expect(await first("reset")).toMatchObject({ error: "connection" });
  expect(await first("redirect")).toMatchObject({ error: "redirect", response_status: 307 });
  expect(await first("busy")).toMatchObject({ error: "status", response_status: 429 });
  for (const name of ["rebinding", "metadata", "hexadecimal"])
    expect(await first(name)).toMatchObject({ error: "refused_address", response_status: null });
  expect(inside.received).toEqual([]);
  for (const name of ["hang", "slow", "busy"]) {
    const [delivery] = await readDeliveries(ctx.db, ids.get(name));
    expect(delivery).toMatchObject({ status: "pending", reason: expect.stringMatching(/at least 60 s/) });
    expect(delivery?.wait_s).toBeGreaterThanOrEqual(60);
  }
});

const StatusRow = z.object({ status: z.string(), disabled_reason: z.string().nullable() });
const statusOf = async (id: string) => {
  const [row] = await readRows(
    ctx.db,
    sql`select status, disabled_reason from webhooks where id = ${id}`,
    StatusRow,
  );
  return row;
};
const countMails = async () => {
  const [row] = await readRows(
    ctx.db,
    sql`select count(*)::int as n from mails where kind = 'webhook_failing'`,
    z.object({ n: z.number() }),
  );
  return row?.n ?? 0;
};

test("an endpoint that answers 410 is turned off at once, what waits is cancelled, and its owner is told", async () => {
  const hook = await receiver((response) => response.writeHead(410).end());
  const { id } = await endpoint(hook.url, "gone");
  const mails = await countMails();
  await postEvents(platform, rawSales("gone", "many", 40));
  await until(
    () => statusOf(id),
    (row) => row?.status === "disabled",
  );
  expect(await statusOf(id)).toEqual({ status: "disabled", disabled_reason: "gone" });
  const statuses = (await settled(id, 40)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set(["failed", "cancelled"]));
  expect(await countMails()).toBe(mails + 1);
  const came = hook.received.length;
  await postEvents(platform, rawSales("gone", "more", 1));
  await platform.tick();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(hook.received.length).toBe(came);
});

test("messages that fail in a row turn an endpoint off after warning half-way; one success starts the count anew", async () => {
  let healthy = false;
  const hook = await receiver((response) => response.writeHead(healthy ? 200 : 500).end());
  const { id } = await endpoint(hook.url, "failing");
  const mails = await countMails();
  const post = async (name: string, count: number) => {
    await postEvents(platform, rawSales("failing", name, 1));
    await settled(id, count);
  };
  await post("a", 1);
  expect(await countMails()).toBe(mails + 1);
  healthy = true;
  await post("b", 2);
  healthy = false;
  await post("c", 3);
  expect(await statusOf(id)).toEqual({ status: "active", disabled_reason: null });
  expect(await countMails()).toBe(mails + 2);
  await post("d", 4);
  expect(await statusOf(id)).toEqual({ status: "disabled", disabled_reason: "failures" });
  expect(await countMails()).toBe(mails + 3);
  const statuses = (await readDeliveries(ctx.db, id)).map(({ status }) => status);
  expect(statuses).toEqual(["failed", "delivered", "failed", "failed"]);
});

test("a message that is worthless by now is dropped and said to be, and one that the filter does not want is skipped", async () => {
  const hook = await receiver();
  const late = await endpoint(hook.url, "late");
  await commitMessage(late, new Date(Date.now() - 1).toISOString());
  const picky = await endpoint(hook.url, "picky", {
    filter: { conditions: [{ path: "token_id", operator: "in", value: ["2"] }] },
  });
  await platform.tick();
  expect(await settled(late.id)).toMatchObject([{ status: "expired", attempts: 0 }]);
  await postEvents(platform, rawSales("picky", "two", 2));
  expect(await settled(picky.id, 2)).toMatchObject([{ status: "skipped" }, { status: "delivered" }]);
  expect(hook.received).toHaveLength(1);
});

test("with order asked for, a collection's sales come one by one, and a failing one holds back those after it", async () => {
  const seen: number[] = [];
  const hook = await receiver((response, { body }) => {
    const { data } = JSON.parse(body);
    seen.push(data.seq);
    response.writeHead(data.seq === 2 && seen.filter((seq) => seq === 2).length < 2 ? 503 : 200).end();
  });
  const { id } = await endpoint(hook.url, "ordered", { ordered: true });
  await postEvents(platform, rawSales("ordered", "o", 6));
  await settled(id, 6);
  expect(seen).toEqual([1, 2, 2, 3, 4, 5, 6]);
});

test("what the queue loses, or a worker killed before handing over, is found by the sweep", async () => {
  const hook = await receiver();
  const { id, secret } = await endpoint(hook.url, "swept");
  await commitMessage({ id });
  await platform.killWorker();
  await platform.restartWorker();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(hook.received).toEqual([]);
  await platform.tick();
  await until(
    () => hook.received.length,
    (count) => count === 1,
  );
  for (const message of hook.received) verifyByJudges(secret, message);
  await settled(id);
});

test("a worker killed between sending and recording sends the same message again, and every committed one arrives", async () => {
  let answers = false;
  const hook = await receiver((response) => {
    if (answers) response.writeHead(204).end();
  });
  const { id, secret } = await endpoint(hook.url, "killed");
  await postEvents(platform, rawSales("killed", "k", 30));
  await until(
    () => hook.received.length,
    (count) => count > 0,
    { every: 10 },
  );
  const sentBefore = idsOf(hook);
  await platform.killWorker();
  answers = true;
  await platform.restartWorker();
  // The room may have died before it could flush them all: its alarm goes on with that.
  const all = await until(
    () => readDeliveries(ctx.db, id),
    (rows) => rows.length === 30 && rows.every(({ status }) => status === "delivered"),
    { within: 60_000 },
  );
  const arrived = idsOf(hook);
  expect(arrived).toEqual(new Set(all.map(({ message_id }) => message_id)));
  for (const sent of sentBefore) {
    const bodies = hook.received.filter(({ headers }) => headers["webhook-id"] === sent);
    expect(bodies.length).toBeGreaterThan(1);
    expect(new Set(bodies.map(({ body }) => body)).size).toBe(1);
  }
  for (const message of hook.received) verifyByJudges(secret, message);
});
