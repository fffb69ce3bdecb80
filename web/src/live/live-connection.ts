import type { z } from "zod";
import { HelloFrame, LIVE_PROTOCOL } from "../../../shared/contracts/live.ts";
import { closeReason } from "./close-reasons.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { LiveHost, LiveSocket } from "./live-host.ts";
import type { LiveReason } from "./live-types.ts";

/** The frames of one kind of room. */
export interface FrameShapes<Frame> {
  schema: z.ZodType<Frame>;
  /** Operations of this version; an unknown one is a later addition to the protocol and may be skipped. */
  ops: ReadonlySet<string>;
}

interface ConnectionDeps<Frame> {
  url: string;
  frames: FrameShapes<Frame>;
  /** A subprotocol that proves who watches; `null` for nobody. */
  credential: string | null;
  host: LiveHost;
  patience_ms: number;
  onOpen(): void;
  onFrame(frame: Frame): void;
  onJunk(why: string): void;
  /** Once, whatever ended it. */
  onEnd(reason: LiveReason): void;
}

/** One socket from its opening to its end: reading frames, heartbeat, and noticing that it is dead. */
export class LiveConnection<Frame extends { op: string }> {
  #deps: ConnectionDeps<Frame>;
  #socket: LiveSocket;
  #heartbeat: Heartbeat;
  #cancelHello: () => void;
  #opened = false;
  #over = false;

  constructor(deps: ConnectionDeps<Frame>) {
    this.#deps = deps;
    this.#heartbeat = new Heartbeat({
      host: deps.host,
      patience_ms: deps.patience_ms,
      // Always this same text: the server answers it without waking the room.
      ping: () => this.send({ op: "ping" }),
      dead: () => this.end("heartbeat_timeout"),
    });
    const socket = new deps.host.WebSocket(
      deps.url,
      deps.credential === null ? [LIVE_PROTOCOL] : [LIVE_PROTOCOL, deps.credential],
    );
    this.#socket = socket;
    this.#cancelHello = deps.host.after(deps.patience_ms, () => this.end("connect_timeout"));
    socket.addEventListener("open", () => {
      if (this.#over) return;
      this.#opened = true;
      deps.onOpen();
    });
    socket.addEventListener("message", (event) => this.#read(event.data));
    // A close always follows an error and says more.
    socket.addEventListener("error", () => undefined);
    socket.addEventListener("close", (event) => this.end(closeReason(event.code, this.#opened)));
  }

  get opened(): boolean {
    return this.#opened && !this.#over;
  }

  send(frame: { op: string; mark?: string }): void {
    if (this.opened) this.#socket.send(JSON.stringify(frame));
  }

  /** Checks at once whether the other side is still there. */
  probe(): void {
    this.#heartbeat.probe();
  }

  /** Ends it without waiting for the peer, which may be gone. */
  end(reason: LiveReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#heartbeat.stop();
    this.#cancelHello();
    this.#socket.close(1000);
    this.#deps.onEnd(reason);
  }

  #read(data: unknown): void {
    if (this.#over) return;
    this.#heartbeat.heard();
    const json = typeof data === "string" ? parseJson(data) : undefined;
    const { schema, ops } = this.#deps.frames;
    const parsed = schema.safeParse(json);
    if (parsed.success) this.#took(parsed.data);
    else if (!isLaterFrame(json, ops))
      this.#deps.onJunk(parsed.error?.issues[0]?.message ?? "not a text frame");
  }

  #took(frame: Frame): void {
    const hello = frame.op === "hello" ? HelloFrame.safeParse(frame) : null;
    if (hello?.success) {
      this.#cancelHello();
      this.#heartbeat.start(hello.data.heartbeat_ms);
    }
    this.#deps.onFrame(frame);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isLaterFrame(json: unknown, known: ReadonlySet<string>): boolean {
  if (typeof json !== "object" || json === null || !("op" in json)) return false;
  return typeof json.op === "string" && !known.has(json.op);
}
