import { type ChildProcess, fork } from "node:child_process";
import { nowMicros, sleep } from "../clock.ts";
import { type Usage, usageOf } from "../process-usage.ts";
import { ChildMessage, type LoadReport, type LoadRequest, STAMP } from "./protocol.ts";

export interface Target {
  name: string;
  /** Address of the sockets and what a client says there. */
  load: Omit<LoadRequest, "sockets">;
  /** Where events are posted. */
  publish_url: string;
  headers: Record<string, string>;
  /** The processes whose CPU and memory count as the server's. */
  pids: () => number[];
}

export interface Run extends LoadReport {
  name: string;
  sockets: number;
  deliveries_per_s: number;
  server_cpu_s: number;
  server_rss_mb: number;
}

/** The next message of the wanted type from a child process. */
export function hear<Type extends ChildMessage["type"]>(
  child: ChildProcess,
  type: Type,
): Promise<Extract<ChildMessage, { type: Type }>> {
  return new Promise((resolve, reject) => {
    child.on("message", (raw: unknown) => {
      const message = ChildMessage.parse(raw);
      if (message.type === type) resolve(message as Extract<ChildMessage, { type: Type }>);
    });
    child.once("exit", (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
  });
}

function anEvent(n: number) {
  return {
    event_key: `${STAMP}${n}:${nowMicros()}`,
    kind: "sale",
    collection: "bench",
    token_id: String(n % 10_000),
    price: "12.345",
    currency: "ETH",
    from: "0x1919db36ca2fa2e15f9000fd9cdc2edcf863e685",
    to: "0x1919db36ca2fa2e15f9000fd9cdc2edcf863e686",
    tx_hash: `0x${n.toString(16).padStart(64, "0")}`,
    marketplace: "bench",
    occurred_at: new Date().toISOString(),
  };
}

/** Connects `sockets` clients, publishes `rate` events a second for `seconds`, and reports what arrived when. */
export async function runFanout(
  target: Target,
  { sockets, rate, seconds }: { sockets: number; rate: number; seconds: number },
): Promise<Run> {
  const request: LoadRequest = { ...target.load, sockets };
  const client = fork(new URL("./load-client.ts", import.meta.url), [JSON.stringify(request)]);
  try {
    await hear(client, "ready");
    await sleep(1000);
    const before: Usage = usageOf(target.pids());
    const start = performance.now();
    const total = rate * seconds;
    const posts: Promise<unknown>[] = [];
    for (let n = 0; n < total; n++) {
      await sleep(Math.max(0, start + (n * 1000) / rate - performance.now()));
      posts.push(post(target, n));
    }
    await Promise.all(posts);
    client.send(total);
    const { report } = await hear(client, "report");
    const elapsed = (performance.now() - start) / 1000;
    const after = usageOf(target.pids());
    return {
      ...report,
      name: target.name,
      sockets,
      deliveries_per_s: report.deliveries / elapsed,
      server_cpu_s: after.cpu_s - before.cpu_s,
      server_rss_mb: after.rss_mb,
    };
  } finally {
    client.removeAllListeners("exit");
    client.kill("SIGKILL");
  }
}

async function post(target: Target, n: number): Promise<void> {
  const answer = await fetch(target.publish_url, {
    method: "POST",
    headers: { "content-type": "application/json", ...target.headers },
    body: JSON.stringify({ events: [anEvent(n)] }),
  });
  if (!answer.ok) throw new Error(`${target.name}: publishing was answered with ${answer.status}`);
  await answer.arrayBuffer();
}
