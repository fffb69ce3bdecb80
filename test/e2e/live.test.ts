import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { LIVE_PROTOCOL, ServerFrame } from "../../shared/contracts/live.ts";
import { LiveStatus } from "../../workers/market/live/schema.ts";
import { getJson, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

/** A bare socket: what it says and hears is the test's. */
async function openSocket(path: string) {
  const socket = new WebSocket(`${platform.url.replace(/^http/, "ws")}/api/v1${path}`, LIVE_PROTOCOL);
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

  test("refuse an id that is none", async () => {
    await postEvents(platform, rawSales("sse-id", "a", 1));
    const answer = await fetch(`${platform.url}/api/v1/collections/sse-id/stream`, {
      headers: { "last-event-id": "yesterday" },
    });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ pointer: "header:last-event-id" }] });
  });
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
