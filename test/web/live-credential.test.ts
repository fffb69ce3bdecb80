import { beforeEach, describe, expect, test } from "vitest";
import { LiveClient } from "../../web/src/live/live-client.ts";
import { ManualHost } from "./support/manual-host.ts";

let world: ManualHost;
let client: LiveClient;
/** What the client is handed at its next connection. */
let credential: () => Promise<string | null>;
let asked: number;

const settled = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  world = new ManualHost();
  asked = 0;
  credential = async () => `ticket.${asked}`;
  client = new LiveClient({
    url: "ws://example.test/api/v1/live",
    host: world.host,
    credential: () => {
      asked += 1;
      return credential();
    },
  });
});

describe("a client that proves who watches", () => {
  test("asks for another ticket for each connection, beside the protocol", async () => {
    client.start();
    await settled();
    expect(world.socket.protocols).toEqual(["xsema.live.v1", "ticket.1"]);
    world.socket.emit("close");
    world.advance(30_000);
    await settled();
    expect(world.socket.protocols).toEqual(["xsema.live.v1", "ticket.2"]);
  });

  test("connects as nobody when nobody is signed in", async () => {
    credential = async () => null;
    client.start();
    await settled();
    expect(world.socket.protocols).toEqual(["xsema.live.v1"]);
  });

  test("waits and asks again where there is no ticket to be had", async () => {
    credential = () => Promise.reject(new Error("away"));
    client.start();
    await settled();
    expect(world.sockets).toHaveLength(0);
    expect(client.state).toMatchObject({ phase: "offline", reason: "connect_failed" });
    credential = async () => "ticket.good";
    world.advance(30_000);
    await settled();
    expect(world.socket.protocols).toContain("ticket.good");
  });

  test("opens nothing once it was closed while it asked", async () => {
    client.start();
    client.close();
    await settled();
    expect(world.sockets).toHaveLength(0);
    expect(client.state.phase).toBe("closed");
  });

  test("opens one socket where it was closed and started again while it asked", async () => {
    client.start();
    client.close();
    client.start();
    await settled();
    expect(world.sockets).toHaveLength(1);
    expect(world.socket.protocols).toContain("ticket.2");
  });

  test("does not come back once the session that opened it has ended", async () => {
    client.start();
    await settled();
    world.socket.greet();
    world.socket.emit("close", { code: 4401 });
    expect(client.state).toMatchObject({ phase: "closed", reason: "session_ended", retry_at: null });
    world.advance(600_000);
    world.wake();
    await settled();
    expect(world.sockets).toHaveLength(1);
  });
});
