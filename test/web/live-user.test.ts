import { beforeEach, expect, test } from "vitest";
import type { UserEvent } from "../../shared/contracts/user-room.ts";
import { UserLive } from "../../web/src/live/user-live.ts";
import { ManualHost } from "./support/manual-host.ts";

let world: ManualHost;
let client: UserLive;
let events: UserEvent[];
let begins: number;
let phase: string;

const settled = () => new Promise((resolve) => setImmediate(resolve));
const sentFrames = () => world.socket.sent.map((text): unknown => JSON.parse(text));
const tell = (frame: object) => world.socket.emit("message", { data: JSON.stringify(frame) });
const snapshot = (seq: number, epoch = "e1") =>
  tell({ op: "snapshot", user_id: "u", epoch, seq, as_of: "2026-11-01", devices: [], recent: [] });
const sync = (seq: number) => ({
  kind: "sync",
  id: `s${seq}`,
  at: "2026-11-01",
  data: { scopes: ["alerts"], since: null },
  epoch: "e1",
  seq,
});
const eventsFrame = (first: number, last: number, seqs: number[]) =>
  tell({ op: "events", user_id: "u", epoch: "e1", first, last, events: seqs.map(sync) });

async function connect(): Promise<void> {
  await settled();
  world.socket.greet();
}

beforeEach(() => {
  world = new ManualHost();
  events = [];
  begins = 0;
  client = new UserLive({
    url: "ws://example.test/api/v1/ws",
    kinds: ["alert", "sync"],
    host: world.host,
    credential: async () => "ticket.1",
    onEvents: (news) => events.push(...news),
    onBegin: () => {
      begins += 1;
    },
    onState: (state) => {
      phase = state.phase;
    },
  });
});

test("begins at a snapshot, and is told each event once, in order", async () => {
  client.start();
  await connect();
  expect(sentFrames()).toEqual([{ op: "subscribe", kinds: ["alert", "sync"] }]);
  expect(phase).toBe("connecting");
  snapshot(5);
  expect([begins, phase]).toEqual([1, "live"]);
  eventsFrame(6, 8, [6, 8]);
  eventsFrame(6, 8, [6, 8]);
  eventsFrame(8, 9, [8, 9]);
  expect(events.map(({ seq }) => seq)).toEqual([6, 8, 9]);
});

test("goes on from its position after a loss, and is live once it has caught up", async () => {
  client.start();
  await connect();
  snapshot(5);
  eventsFrame(6, 6, [6]);
  world.socket.emit("close");
  expect(phase).toBe("offline");
  world.advance(30_000);
  await connect();
  expect(world.sockets).toHaveLength(2);
  expect(sentFrames()).toEqual([
    { op: "subscribe", kinds: ["alert", "sync"], from: { epoch: "e1", seq: 6 } },
  ]);
  tell({ op: "resumed", user_id: "u", epoch: "e1", seq: 6, head: 8 });
  expect(phase).toBe("resuming");
  eventsFrame(7, 8, [8]);
  expect([phase, begins]).toEqual(["live", 1]);
  expect(events.map(({ seq }) => seq)).toEqual([6, 8]);
});

test("asks again over a hole, and reads everything anew where the room cannot go on", async () => {
  client.start();
  await connect();
  snapshot(5);
  eventsFrame(8, 8, [8]);
  expect(events).toEqual([]);
  expect(sentFrames().at(-1)).toMatchObject({ from: { epoch: "e1", seq: 5 } });
  snapshot(1, "e2");
  expect([begins, phase]).toEqual([2, "live"]);
});

test("tries elsewhere when nobody answers, and stops with the session", async () => {
  client.start();
  await connect();
  world.advance(10_000);
  expect(phase).toBe("offline");
  world.advance(30_000);
  await connect();
  world.socket.emit("close", { code: 4401 });
  expect(phase).toBe("closed");
  world.advance(600_000);
  world.wake();
  await settled();
  expect(world.sockets).toHaveLength(2);
});

test("opens nothing once it was closed while it asked for a ticket", async () => {
  client.start();
  client.close();
  await settled();
  expect(world.sockets).toHaveLength(0);
  client.start();
  await connect();
  expect(world.sockets).toHaveLength(1);
});
