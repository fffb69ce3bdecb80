import { HelloFrame, ServerFrame } from "../../../shared/contracts/live.ts";
import type { Ctx, Fetcher } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { openSocket } from "../../../shared/platform/http/open-socket.ts";
import type { StreamRequest } from "./schema.ts";

/** Characters that may wait for the client before it counts as too slow; it comes back by `Last-Event-ID`. */
const MAX_WAITING = 4 * 1024 * 1024;
const RETRY_MS = 2000;
const PONG = '{"op":"pong"}';

/** One Server-Sent Event (WHATWG HTML, 9.2) for a frame; what moves the position carries it as its id. */
function streamText(frame: ServerFrame, text: string): string {
  if (frame.op === "events") return `event: events\nid: ${frame.epoch}:${frame.last}\ndata: ${text}\n\n`;
  if (frame.op === "snapshot") return `event: snapshot\nid: ${frame.epoch}:${frame.seq}\ndata: ${text}\n\n`;
  return `event: ${frame.op}\ndata: ${text}\n\n`;
}

/**
 * The live stream of one collection as Server-Sent Events. Inside it is a socket like any other to the room,
 * so order, resume and slow readers are settled in one place.
 */
export async function openEventStream(
  ctx: Pick<Ctx, "log" | "trace" | "actor" | "gates">,
  room: Fetcher,
  collection: string,
  request: StreamRequest,
): Promise<Response> {
  const upgrade = new Request(`https://room/${collection}`, { headers: { upgrade: "websocket" } });
  const place = { kind: "collection" as const, name: collection };
  const socket = (await openSocket(ctx, room, place, upgrade)).webSocket;
  if (!socket) throw new AppError("unavailable", "The room did not open a stream. Try again in a moment.");
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  let waiting = 0;
  let heartbeat: ReturnType<typeof setInterval> | null = null;

  let open = true;
  const end = (reason: string) => {
    if (!open) return;
    open = false;
    if (heartbeat !== null) clearInterval(heartbeat);
    socket.close(1000, reason);
    // The reader may be gone already; then there is nobody to tell.
    writer.close().catch(() => undefined);
  };
  const write = (text: string): Promise<void> => {
    waiting += text.length;
    const taken = writer.write(encoder.encode(text)).then(
      () => {
        waiting -= text.length;
      },
      () => end("the reader left"),
    );
    if (waiting > MAX_WAITING) end("too slow");
    return taken;
  };
  let written = Promise.resolve();
  const take = (text: string) => {
    // The answers to our own pings are no news to the reader.
    if (text === PONG) return;
    const frame = ServerFrame.parse(JSON.parse(text));
    // The reader's side has taken all that came before: the room is told so, and reads on.
    if (frame.op === "mark") void written.then(() => open && answer(frame.id));
    else written = write(streamText(frame, text));
  };
  const answer = (mark: string) => socket.send(JSON.stringify({ op: "ack", mark }));

  socket.addEventListener("message", ({ data }) => {
    if (typeof data !== "string") return;
    if (heartbeat !== null) {
      take(data);
      return;
    }
    const { heartbeat_ms } = HelloFrame.parse(JSON.parse(data));
    heartbeat = setInterval(() => {
      socket.send('{"op":"ping"}');
      // A comment keeps proxies from closing a quiet stream.
      void write(": still here\n\n");
    }, heartbeat_ms / 2);
    socket.send(JSON.stringify({ op: "subscribe", collection, ...request }));
  });
  socket.addEventListener("close", () => end("the room closed"));
  socket.addEventListener("error", () => ctx.log.warn("a stream's socket failed", { collection }));
  socket.accept();
  void write(`retry: ${RETRY_MS}\n\n`);
  return new Response(readable, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}
