import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { newKeyText } from "../../shared/auth/api-keys/key-text.ts";
import { LIVE_PROTOCOL, ServerFrame } from "../../shared/contracts/live.ts";
import { LiveStatus } from "../../workers/market/live/schema.ts";
import { getJson, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

let platform: Platform;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "xsema-live-"));
  platform = await openPlatform({ dataDir, vars: { CORS_ORIGINS: "https://desk.example.com" } });
});
afterAll(async () => {
  await platform.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** How many objects of each class have left storage behind. */
async function storedObjects(): Promise<Record<string, number>> {
  const files = await readdir(join(dataDir, "objects"), { recursive: true });
  const classes = files
    .filter((file) => file.endsWith(".sqlite"))
    .flatMap((file) => /(\w+)[/\\][0-9a-f]{64}\.sqlite$/.exec(file)?.[1] ?? []);
  return Object.fromEntries(
    [...Map.groupBy(classes, (name) => name)].map(([name, all]) => [name, all.length]),
  );
}

/** When the TCP connection of a socket was ended by the server, in ms from now. */
function hungUp(socket: WebSocket): Promise<number> {
  const since = performance.now();
  return new Promise((resolve) => {
    const tcp = Reflect.get(socket, "_socket");
    tcp.once("end", () => resolve(performance.now() - since));
  });
}

/** A bare socket: what it says and hears is the test's. */
async function openSocket(path: string, protocols = [LIVE_PROTOCOL], headers: Record<string, string> = {}) {
  const address = `${platform.url.replace(/^http/, "ws")}/api/v1${path}`;
  const socket = new WebSocket(address, protocols, { headers });
  const frames: ServerFrame[] = [];
  socket.on("message", (data: Buffer) => frames.push(ServerFrame.parse(JSON.parse(data.toString()))));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    socket,
    frames,
    say: (frame: unknown) => socket.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
    heard: async <Op extends ServerFrame["op"]>(op: Op, nth = 0) => {
      const read = () => frames.filter((frame): frame is Extract<ServerFrame, { op: Op }> => frame.op === op);
      const found = (await until(read, ({ length }) => length > nth))[nth];
      if (found === undefined) throw new Error(`no ${op} frame`);
      return found;
    },
  };
}

/** Reads Server-Sent Events until `enough` of them came. */
async function readStream(path: string, headers: Record<string, string>, enough: (ids: string[]) => boolean) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, { headers });
  expect(answer.headers.get("content-type")).toContain("text/event-stream");
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  const events: { event: string; id: string | null; data: ServerFrame }[] = [];
  let text = "";
  while (reader && !enough(events.map(({ event }) => event))) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? null;
      const data = field("data");
      if (data !== null)
        events.push({
          event: field("event") ?? "",
          id: field("id"),
          data: ServerFrame.parse(JSON.parse(data)),
        });
    }
  }
  await reader?.cancel();
  return events;
}

describe("one room over a WebSocket", () => {
  test("greets, speaks the subprotocol, and sends a sale within a moment of its taking", async () => {
    await postEvents(platform, rawSales("single", "a", 2));
    const { socket, say, heard } = await openSocket("/collections/single/live");
    expect(socket.protocol).toBe(LIVE_PROTOCOL);
    expect(await heard("hello")).toMatchObject({ protocol: LIVE_PROTOCOL });
    say({ op: "subscribe" });
    expect(await heard("snapshot")).toMatchObject({ collection: "single", seq: 2, last_price: "1.25" });
    await postEvents(platform, rawSales("single", "b", 1));
    const events = await heard("events");
    expect(events).toMatchObject({
      first: 3,
      last: 3,
      events: [{ event_key: "b-1", source: "push", simulated: false }],
    });
    expect(events.events[0]).not.toHaveProperty("raw");
    say({ op: "ping", id: "x" });
    expect((await heard("pong")).id).toBe("x");
    socket.close();
  });

  test("answers junk with an error and stays open", async () => {
    await postEvents(platform, rawSales("junk", "a", 1));
    const { socket, say, heard } = await openSocket("/collections/junk/live");
    say("{{{");
    expect((await heard("error")).code).toBe("unreadable_frame");
    socket.send(Buffer.from([1, 2, 3]));
    expect((await heard("error", 1)).code).toBe("binary_frame");
    say("x".repeat(100_000));
    expect((await heard("error", 2)).code).toBe("frame_too_large");
    say({ op: "subscribe" });
    await heard("snapshot");
    expect(socket.readyState).toBe(WebSocket.OPEN);
    socket.close();
  });

  test("refuses to subscribe to another collection than the address names", async () => {
    await postEvents(platform, [...rawSales("named", "a", 1), ...rawSales("other", "a", 1)]);
    const { socket, say, heard } = await openSocket("/collections/named/live");
    say({ op: "subscribe", collection: "other" });
    expect(await heard("error")).toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/collection" }],
    });
    socket.close();
  });

  test("hangs up within a second once either side has said goodbye", async () => {
    await postEvents(platform, rawSales("goodbye", "a", 1));
    for (const path of ["/collections/goodbye/live", "/live"]) {
      const polite = await openSocket(path);
      const politely = hungUp(polite.socket);
      polite.socket.close(1000);
      expect(await politely).toBeLessThan(1000);
      const rude = await openSocket(path);
      const rudely = hungUp(rude.socket);
      for (let i = 0; i < 30; i++) rude.say("{");
      expect(await rudely).toBeLessThan(1000);
    }
  });

  test("refuses a collection that does not exist before it switches protocols", async () => {
    const refused = await new Promise<number | undefined>((resolve) => {
      const socket = new WebSocket(`${platform.url.replace(/^http/, "ws")}/api/v1/collections/nowhere/live`);
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
    });
    expect(refused).toBe(404);
  });
});

describe("many collections over one socket", () => {
  test("each with its own snapshot, filter and numbers, and an unknown one is an error of its own", async () => {
    await postEvents(platform, [...rawSales("many-a", "a", 1), ...rawSales("many-b", "b", 1)]);
    const { socket, frames, say, heard } = await openSocket("/live");
    say({ op: "subscribe", collection: "many-a" });
    say({ op: "subscribe", collection: "many-b", kinds: ["listing"] });
    say({ op: "subscribe", collection: "many-nowhere" });
    await heard("snapshot", 1);
    expect(await heard("error")).toMatchObject({ code: "not_found", collection: "many-nowhere" });
    await postEvents(platform, [...rawSales("many-a", "c", 2), ...rawSales("many-b", "d", 3)]);
    await until(
      () => frames.filter((frame) => frame.op === "events").length,
      (count) => count >= 2,
    );
    const keys = frames.flatMap((frame) =>
      frame.op === "events"
        ? [[frame.collection, frame.last, frame.events.map((event) => event.event_key)]]
        : [],
    );
    expect(keys).toEqual(
      expect.arrayContaining([
        ["many-a", 3, ["c-1", "c-2"]],
        ["many-b", 4, []],
      ]),
    );
    socket.close();
  });

  test("whoever reads nothing is closed with 4008, whatever it sends, after 8 MiB", async () => {
    const slugs = Array.from({ length: 12 }, (_, i) => `deaf-${i}`);
    const wide = { marketplace: "m".repeat(64), from: `0x${"a".repeat(62)}`, to: `0x${"b".repeat(62)}` };
    const sales = slugs.map((slug) =>
      rawSales(slug, "k".repeat(180), 500).map((sale) => Object.assign({}, sale, wide)),
    );
    const answers = [];
    for (let i = 0; i < sales.length; i += 2)
      answers.push(await postEvents(platform, sales.slice(i, i + 2).flat()));
    const { socket, frames, say, heard } = await openSocket("/live");
    await heard("hello");
    socket.pause();
    // Each is answered with a page of 400 KB, once the pages before had a second to be read.
    for (let round = 0; round < 3; round++) {
      for (const { collection, epoch } of answers.flatMap(({ positions }) => positions)) {
        say({ op: "subscribe", collection, from: { epoch, seq: 0 } });
        say({ op: "ack", collection, seq: 500 });
      }
      await new Promise((resolve) => setTimeout(resolve, 1300));
    }
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.resume();
    expect(await closed).toBe(4008);
    const sent = frames.reduce((sum, frame) => sum + JSON.stringify(frame).length, 0);
    expect(sent).toBeGreaterThan(7 * 1024 * 1024);
    expect(sent).toBeLessThan(9 * 1024 * 1024);
  });

  test("resume over a relay from where the room's own socket was", async () => {
    const { positions } = await postEvents(platform, rawSales("handover", "a", 5));
    const watcher = new Watcher(platform.url, "handover", "live");
    watcher.position = { epoch: positions[0]?.epoch ?? "", seq: 2 };
    await watcher.connect();
    await until(
      () => watcher.numbers.length,
      (count) => count === 3,
    );
    expect(watcher.numbers).toEqual([3, 4, 5]);
    watcher.cut();
  });
});

describe("Server-Sent Events", () => {
  test("begin with a snapshot, and go on from Last-Event-ID without a hole", async () => {
    await postEvents(platform, rawSales("sse", "a", 3));
    const [snapshot] = await readStream("/collections/sse/stream", {}, (names) => names.includes("snapshot"));
    expect(snapshot?.data).toMatchObject({ op: "snapshot", seq: 3 });
    await postEvents(platform, rawSales("sse", "b", 4));
    const resumed = await readStream(
      "/collections/sse/stream",
      { "last-event-id": snapshot?.id ?? "" },
      (names) => names.includes("events"),
    );
    const numbers = resumed.flatMap(({ data }) =>
      data.op === "events" ? data.events.map((event) => event.seq) : [],
    );
    expect(numbers).toEqual(numbersBetween(3, 7));
    expect(resumed.at(-1)?.id?.split(":")[1]).toBe("7");
  });

  test.each([
    ["kinds=listing", []],
    ["kind=listing", []],
    ["kind=listing&kinds=sale,bid", [1, 2]],
    ["kind=sale&kind=bid", [1, 2]],
  ])("pass the kinds that are asked for, under either name: %s", async (query, expected) => {
    const slug = "sse-kinds";
    const { positions } = await postEvents(platform, rawSales(slug, "a", 2));
    const resumed = await readStream(
      `/collections/${slug}/stream?${query}&last_event_id=${positions[0]?.epoch}:0`,
      {},
      (names) => names.includes("events"),
    );
    const numbers = resumed.flatMap(({ data }) =>
      data.op === "events" ? data.events.map((event) => event.seq) : [],
    );
    expect(numbers).toEqual(expected);
  });

  test("asked for by HEAD leave no socket behind", async () => {
    await postEvents(platform, rawSales("sse-head", "a", 1));
    const answer = await fetch(`${platform.url}/api/v1/collections/sse-head/stream`, { method: "HEAD" });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const watcher = new Watcher(platform.url, "sse-head");
    await watcher.connect();
    const read = async () => LiveStatus.parse(await getJson(`${platform.url}/api/v1/ws/status`));
    const room = (status: LiveStatus) => status.rooms.find((entry) => entry.room === "sse-head");
    const status = await until(read, (value) => (room(value)?.connections ?? 0) > 0);
    expect(room(status)?.connections).toBe(1);
    watcher.cut();
  });

  test.each([
    ["a foreign header", { "last-event-id": "yesterday" }, ""],
    ["an empty header", { "last-event-id": "" }, ""],
    ["an id of another epoch", { "last-event-id": "ep_other:7" }, ""],
    ["a foreign id in the address, and a parameter of its own", {}, "?lastEventId=7&_=123"],
  ])("answer %s with a reset and a snapshot", async (_, headers, query) => {
    await postEvents(platform, rawSales("sse-id", "a", 1));
    const events = await readStream(`/collections/sse-id/stream${query}`, headers, (names) =>
      names.includes("snapshot"),
    );
    expect(events.map(({ event }) => event)).toEqual(["reset", "snapshot"]);
    expect(events[0]?.data).toMatchObject({ reason: "epoch_changed" });
  });
});

describe("pages of other origins", () => {
  const PAGE = "https://desk.example.com";
  const openFrom = (origin: string, path = "/live") => openSocket(path, [LIVE_PROTOCOL], { origin });

  test("open sockets where they are named, on this machine or of the deployment itself, and nobody else", async () => {
    await postEvents(platform, rawSales("origins", "a", 1));
    for (const origin of [PAGE, "http://localhost:3000", platform.url])
      (await openFrom(origin)).socket.close();
    for (const origin of ["https://desk.example.com.evil.example", "http://desk.example.com", "null"])
      for (const path of ["/live", "/collections/origins/live", "/ws"])
        await expect(openFrom(origin, path)).rejects.toThrow("403");
  });

  test("ask first, and read answers and streams, where they are named", async () => {
    const address = `${platform.url}/api/v1/collections/origins`;
    const ask = (origin: string) =>
      fetch(address, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "PATCH",
          "access-control-request-headers": "authorization,if-match",
        },
      });
    const preflight = await ask(PAGE);
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("if-match");
    expect(preflight.headers.get("access-control-allow-methods")).toContain("PATCH");
    const refused = await ask("https://evil.example");
    expect(refused.headers.get("access-control-allow-origin")).toBeNull();
    for (const path of ["", "/stream", "/nothing-here"]) {
      const named = await fetch(`${address}${path}`, { method: "HEAD", headers: { origin: PAGE } });
      expect(named.headers.get("access-control-allow-origin")).toBe(PAGE);
      expect(named.headers.get("access-control-allow-credentials")).toBeNull();
      expect(named.headers.get("vary")).toContain("Origin");
      const other = await fetch(`${address}${path}`, {
        method: "HEAD",
        headers: { origin: "https://evil.example" },
      });
      expect(other.headers.get("access-control-allow-origin")).toBeNull();
    }
  });
});

test("strangers who name what does not exist leave no object behind", async () => {
  await postEvents(platform, rawSales("known", "a", 1));
  const { socket, say, heard } = await openSocket("/live");
  const before = await storedObjects();
  for (let i = 0; i < 10; i++) say({ op: "subscribe", collection: `unknown-${i}` });
  await heard("error", 9);
  const paths = ["/collections/unknown-sse/stream", "/collections/unknown-rest", "/collections/unknown/live"];
  for (const path of paths)
    expect((await fetch(`${platform.url}/api/v1${path}`)).status).toBe(path.endsWith("live") ? 426 : 404);
  const key = newKeyText();
  const ticket = `ticket.usr_${"0".repeat(32)}.${"A".repeat(43)}`;
  for (const [name, value] of Object.entries({ authorization: `Bearer ${key}`, "x-api-key": key }))
    expect((await fetch(`${platform.url}/api/v1/alerts`, { headers: { [name]: value } })).status).toBe(401);
  await expect(openSocket("/live", [LIVE_PROTOCOL, ticket])).rejects.toThrow("401");
  expect(await storedObjects()).toEqual(before);
  socket.close();
});

test("a floor that runs out moves by itself, with a number and a cause", async () => {
  const listing = (n: number, price: string, expires_in: number) => ({
    event_key: `listing-${n}`,
    kind: "listing",
    collection: "expiring",
    token_id: String(n),
    price,
    currency: "ETH",
    from: "0xmaker",
    occurred_at: new Date().toISOString(),
    expires_at: new Date(Date.now() + expires_in).toISOString(),
  });
  await postEvents(platform, [listing(1, "1", 2500), listing(2, "3", 3_600_000)]);
  const { socket, say, heard } = await openSocket("/collections/expiring/live");
  say({ op: "subscribe" });
  const snapshot = await heard("snapshot");
  expect(snapshot.floor_change).toMatchObject({ cause: "new_listing", previous: null });
  expect(snapshot.floor).toMatchObject({
    price: "1",
    token_id: "1",
    basis: "item",
    source: "push",
  });
  const { events } = await heard("events");
  expect(events).toMatchObject([
    { seq: 3, kind: "cancel", source: "room", floor_change: { cause: "expiry", floor: { price: "3" } } },
  ]);
  const Detail = z.looseObject({ floor: z.string().nullable(), floor_change: z.unknown() });
  await until(
    async () => Detail.parse(await getJson(`${platform.url}/api/v1/collections/expiring`)),
    (detail) => detail.floor === "3" && JSON.stringify(detail.floor_change).includes("expiry"),
  );
  socket.close();
});

test("a socket holds many subscriptions, and says so when it can hold no more", async () => {
  const slugs = Array.from({ length: 450 }, (_, i) => `crowd-${String(i).padStart(40, "0")}`);
  for (let i = 0; i < slugs.length; i += 50)
    await postEvents(
      platform,
      slugs.slice(i, i + 50).flatMap((slug) => rawSales(slug, "one", 1)),
    );
  const { socket, frames, say, heard } = await openSocket("/live");
  for (const collection of slugs) say({ op: "subscribe", collection });
  expect(await heard("error")).toMatchObject({ code: "invalid_request" });
  const snapshots = frames.filter((frame) => frame.op === "snapshot").length;
  expect(snapshots).toBeGreaterThan(150);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});

test("a batch as large as the API takes arrives whole and in order", async () => {
  await postEvents(platform, rawSales("huge", "first", 1));
  const watcher = new Watcher(platform.url, "huge");
  await watcher.connect();
  await postEvents(platform, rawSales("huge", "many", 1000));
  await until(
    () => watcher.position?.seq,
    (seq) => seq === 1001,
  );
  expect(watcher.numbers).toEqual(numbersBetween(1, 1001));
  watcher.cut();
});

test("/ws/status counts connections, rooms and what Postgres lacks", async () => {
  await postEvents(platform, rawSales("status", "a", 1));
  const direct = new Watcher(platform.url, "status");
  const relayed = new Watcher(platform.url, "status", "live");
  await Promise.all([direct.connect(), relayed.connect()]);
  const read = async () => LiveStatus.parse(await getJson(`${platform.url}/api/v1/ws/status`));
  const status = await until(
    read,
    ({ rooms, relays }) =>
      rooms.some((room) => room.room === "status" && room.connections === 1 && room.unflushed === 0) &&
      relays.some((relay) => relay.connections >= 1),
  );
  expect(status.connections).toBeGreaterThanOrEqual(2);
  direct.cut();
  relayed.cut();
  await until(read, ({ rooms }) => rooms.find((room) => room.room === "status")?.connections === 0);
});

test("what a watcher has and what REST tells is the same", async () => {
  const slug = "agree";
  await postEvents(platform, rawSales(slug, "first", 1));
  const watcher = new Watcher(platform.url, slug);
  await watcher.connect();
  await postEvents(platform, rawSales(slug, "s", 30));
  await until(
    () => watcher.position?.seq,
    (seq) => seq === 31,
  );
  const sent = watcher.frames.flatMap((frame) => (frame.op === "events" ? frame.events : []));
  const Page = z.object({ data: z.array(z.unknown()) });
  const address = `${platform.url}/api/v1/collections/${slug}/events?after_seq=1&limit=100`;
  // REST knows the collection once the room has flushed.
  await until(
    () => fetch(address),
    ({ ok }) => ok,
  );
  const read = () => getJson(address);
  const page = await until(
    async () => Page.parse(await read()),
    ({ data }) => data.length === 30,
  );
  expect(page.data).toEqual(sent);
  watcher.cut();
});
