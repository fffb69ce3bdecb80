import { connect } from "node:net";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { WORKER_CONFIG } from "../../scripts/local/paths.ts";
import { bundleWorker, readBundle } from "../../scripts/local/worker/bundle.ts";
import { CLOSE_SOCKETS } from "../../scripts/local/worker/local-entry.ts";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { countStored, postEvents, rawSales, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

/** A socket that was greeted, and how it is closed. */
async function watch(url: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), LIVE_PROTOCOL, { headers });
  const closed = new Promise((resolve) =>
    socket.once("close", (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  await new Promise((resolve, reject) => {
    socket.once("message", resolve);
    socket.once("error", reject);
  });
  return { socket, closed };
}

test("a stop tells every live client to come back, and waits for none that does not answer", async () => {
  const platform = await openPlatform({ vars: { MASTER_KEY } });
  const api = `${platform.url}/api/v1`;
  try {
    await postEvents(platform, rawSales("apes", "k", 1));
    await until(
      () => countStored(platform, "apes"),
      ({ n }) => n === 1,
    );
    const person = await createPerson(platformCtx(platform), { role: "trader" });
    const room = await watch(`${api}/collections/apes/live`);
    const hibernating = await watch(`${api}/collections/apes/live`);
    const relay = await watch(`${api}/live`);
    relay.socket.send(JSON.stringify({ op: "subscribe", collection: "apes" }));
    const own = await watch(`${api}/ws`, person.headers);
    await platform.evict("CollectionRoom", "apes");
    const events = (await fetch(`${api}/collections/apes/stream`)).body?.getReader();
    const stream = (async () => {
      for (;;) if ((await events?.read())?.done !== false) return "ended";
    })();

    // Takes part in the handshake, and in nothing after it.
    const { hostname, port } = new URL(platform.url);
    const deaf = connect(Number(port), hostname);
    deaf.on("error", () => {});
    const greeted = new Promise((resolve) => deaf.once("data", resolve));
    deaf.write(
      `GET /api/v1/live HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await greeted;

    await platform.stop();
    const restart = { code: 1012, reason: "the server is going away: come back and resume" };
    expect(await Promise.all([room, hibernating, relay, own].map(({ closed }) => closed))).toEqual(
      Array(4).fill(restart),
    );
    expect(await stream).toBe("ended");
    deaf.destroy();
    await expect(fetch(platform.url)).rejects.toThrow();
  } finally {
    await platform.stop();
  }
});

test("what closes them is no part of what is deployed", async () => {
  const [entry, ...deployed] = await readBundle(await bundleWorker(WORKER_CONFIG), {
    objects: [],
    word: "w",
    hosts: [],
  });
  expect(entry?.contents).toContain(CLOSE_SOCKETS);
  expect(deployed.some(({ contents }) => contents.toString().includes(CLOSE_SOCKETS))).toBe(false);
  expect(deployed.some(({ contents }) => contents.toString().includes("closeBeforeStop"))).toBe(false);
});
