import { WebSocket } from "ws";
import { nowMicros, sleep } from "../clock.ts";
import { Histogram } from "../histogram.ts";
import { type ChildMessage, type LoadReport, LoadRequest, STAMP } from "./protocol.ts";

/**
 * A process that holds many sockets. It reads of each frame only the stamps, the same for every server, so
 * that the client's share of the machine does not depend on the server's format.
 */
const tell = (message: ChildMessage) => process.send?.(message);
const latencies = new Histogram();
const received: number[] = [];
let measuring = false;
let published = 0;
let frames = 0;
let bytes = 0;
let closed = 0;

function readFrame(socket: number, text: string): void {
  frames += 1;
  bytes += text.length;
  const now = nowMicros();
  for (let at = text.indexOf(STAMP); at >= 0; at = text.indexOf(STAMP, at + 1)) {
    const colon = text.indexOf(":", at + STAMP.length);
    latencies.add((now - Number(text.slice(colon + 1, text.indexOf('"', colon)))) / 1000);
    received[socket] = (received[socket] ?? 0) + 1;
  }
}

function connect(request: LoadRequest, index: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(request.url, request.protocol, { perMessageDeflate: false });
    socket.on("open", () => {
      for (const text of request.greet) socket.send(text);
    });
    socket.on("message", (data: Buffer) => {
      const text = data.toString("latin1");
      const answer = request.answers[text];
      if (answer !== undefined) socket.send(answer);
      if (text.startsWith(request.readyPrefix)) resolve();
      else if (measuring) readFrame(index, text);
    });
    socket.on("close", () => {
      closed += 1;
    });
    socket.on("error", reject);
  });
}

async function open(request: LoadRequest): Promise<void> {
  const at_once = 50;
  for (let i = 0; i < request.sockets; i += at_once) {
    const group = Math.min(at_once, request.sockets - i);
    await Promise.all(Array.from({ length: group }, (_, n) => connect(request, i + n)));
  }
  measuring = true;
  tell({ type: "ready" });
}

async function report(sockets: number): Promise<void> {
  // Frames that are still on their way belong to the measurement.
  const expected = published * sockets;
  for (let i = 0; i < 300 && latencies.count < expected; i++) await sleep(100);
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((q) => latencies.quantile(q));
  const incomplete = sockets - received.filter((count) => count === published).length;
  const body: LoadReport = {
    deliveries: latencies.count,
    frames,
    bytes,
    p50: p50 ?? Number.NaN,
    p95: p95 ?? Number.NaN,
    p99: p99 ?? Number.NaN,
    max: max ?? Number.NaN,
    closed,
    incomplete,
  };
  tell({ type: "report", report: body });
}

const request = LoadRequest.parse(JSON.parse(process.argv[2] ?? ""));
process.on("message", (message: unknown) => {
  if (typeof message === "number") {
    published = message;
    void report(request.sockets);
  }
});
await open(request);
