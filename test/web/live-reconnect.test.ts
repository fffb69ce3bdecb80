import { beforeEach, describe, expect, test } from "vitest";
import { LiveClient } from "../../web/src/live/live-client.ts";
import { ManualHost } from "./support/manual-host.ts";

let world: ManualHost;
let client: LiveClient;

beforeEach(() => {
  world = new ManualHost();
  client = new LiveClient({ url: "ws://example.test/api/v1/live", host: world.host });
  client.start();
});

/** The pause before the next try, in milliseconds. */
const pause = () => (client.state.retry_at ?? Number.NaN) - world.time;

describe("reconnecting", () => {
  test("waits a random share of 0.5, 1, 2, 4 … s, and never more than 30 s", () => {
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      world.socket.emit("close");
      pauses.push(pause());
      world.advance(pause());
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    world.randomness = 0.999;
    world.socket.emit("close");
    expect(pause()).toBe(29_970);
    expect(client.state).toMatchObject({ phase: "offline", reason: "connect_failed", attempt: 10 });
  });

  test("begins at half a second again only after a minute that held", () => {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      world.socket.greet();
      world.socket.emit("close");
      world.advance(pause());
    }
    world.socket.greet(3_000_000);
    world.advance(59_999);
    world.socket.emit("close");
    expect(pause()).toBe(4000);
    world.advance(4000);
    world.socket.greet(3_000_000);
    world.advance(60_000);
    world.socket.emit("close");
    expect(pause()).toBe(250);
  });

  test("after abuse, waits as long as it ever does", () => {
    world.socket.greet();
    world.socket.emit("close", { code: 4029 });
    expect(client.state.reason).toBe("abuse");
    expect(pause()).toBe(15_000);
  });

  test("tries at once when the network or the page comes back, and only once", () => {
    world.socket.emit("close");
    expect(world.sockets).toHaveLength(1);
    world.wake();
    world.wake();
    expect(world.sockets).toHaveLength(2);
    world.advance(60);
    expect(client.state.phase).toBe("connecting");
    expect(world.sockets).toHaveLength(2);
  });

  test("a page that comes back asks at once whether its connection outlived the sleep", () => {
    world.socket.greet();
    expect(client.state.phase).toBe("live");
    world.wake();
    expect(world.socket.sent).toEqual(['{"op":"ping"}']);
    world.advance(10_000);
    expect(client.state).toMatchObject({ phase: "offline", reason: "heartbeat_timeout" });
  });

  test("does nothing more once closed", () => {
    world.socket.emit("close");
    client.close();
    world.wake();
    world.advance(120_000);
    expect(world.sockets).toHaveLength(1);
    expect(client.state.phase).toBe("closed");
  });
});

describe("the heartbeat", () => {
  test("pings at the server's interval and lives as long as anything comes back", () => {
    world.socket.greet(25_000);
    for (let beat = 1; beat <= 5; beat += 1) {
      world.advance(25_000);
      expect(world.socket.sent).toHaveLength(beat);
      world.socket.emit("message", { data: '{"op":"pong"}' });
    }
    expect(client.state.phase).toBe("live");
    expect(new Set(world.socket.sent)).toEqual(new Set(['{"op":"ping"}']));
  });

  test("without an answer within ten seconds, the connection counts as dead", () => {
    world.socket.greet(25_000);
    world.advance(25_000 + 9_999);
    expect(client.state.phase).toBe("live");
    world.advance(1);
    expect(client.state).toMatchObject({ phase: "offline", reason: "heartbeat_timeout" });
  });

  test("frames of a connection that was given up are no longer read", () => {
    world.socket.greet(25_000);
    const dead = world.socket;
    world.advance(35_000);
    world.advance(pause());
    dead.emit("message", { data: "junk" });
    dead.emit("close");
    expect(client.state).toMatchObject({ phase: "connecting", attempt: 1 });
  });
});
