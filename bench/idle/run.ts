import { WebSocket } from "ws";
import { LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { sleep } from "../clock.ts";
import { Histogram } from "../histogram.ts";

/** As the list page: one socket that follows many collections. */
interface Watcher {
  socket: WebSocket;
  /** When its first event came, by `performance.now()`. */
  first: Promise<number>;
}

function watch(url: string, collections: readonly string[]): Promise<Watcher> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, LIVE_PROTOCOL, { perMessageDeflate: false });
    let begun = 0;
    const first = new Promise<number>((came) => {
      socket.on("message", (data: Buffer) => {
        const text = data.toString();
        if (text.startsWith('{"op":"events"')) came(performance.now());
        else if (text.startsWith('{"op":"snapshot"') && ++begun === collections.length)
          resolve({ socket, first });
      });
    });
    socket.on("open", () => {
      for (const collection of collections) socket.send(JSON.stringify({ op: "subscribe", collection }));
    });
    socket.on("error", reject);
  });
}

export interface FirstEvents {
  p50: number;
  max: number;
}

interface Asked {
  /** Address of the live socket of many collections. */
  url: string;
  collections: readonly string[];
  sockets: number;
  /** Hands in one event of a collection. */
  publish(collection: string): Promise<unknown>;
}

/** Opens sockets, publishes from then on, and tells how long after that each of them got its first event. */
export async function measureFirstEvents({
  url,
  collections,
  sockets,
  publish,
}: Asked): Promise<FirstEvents> {
  const watchers = await Promise.all(Array.from({ length: sockets }, () => watch(url, collections)));
  const start = performance.now();
  let waiting = true;
  const publishing = (async () => {
    while (waiting) {
      await Promise.all(collections.map(publish));
      await sleep(100);
    }
  })();
  const latencies = new Histogram();
  for (const at of await Promise.all(watchers.map(({ first }) => first))) latencies.add(at - start);
  waiting = false;
  await publishing;
  for (const { socket } of watchers) socket.terminate();
  return { p50: latencies.quantile(0.5), max: latencies.quantile(1) };
}
