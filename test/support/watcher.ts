import { WebSocket } from "ws";
import { LIVE_PROTOCOL, type Position, ServerFrame } from "../../shared/contracts/live.ts";

/**
 * A watcher without any wits: it keeps what it is sent as it is sent, drops nothing and mends nothing, so that
 * what it has in the end is what the server did. Over many connections it only remembers where it was.
 */
export class Watcher {
  readonly numbers: number[] = [];
  readonly frames: ServerFrame[] = [];
  position: Position | null = null;
  /** The number of the snapshot it began with; events come after it. */
  start: number | null = null;
  resets = 0;
  closes: number[] = [];
  private socket: WebSocket | null = null;
  private readonly url: string;
  private readonly collection: string;

  constructor(platformUrl: string, collection: string, path = `collections/${collection}/live`) {
    this.url = `${platformUrl.replace(/^http/, "ws")}/api/v1/${path}`;
    this.collection = collection;
  }

  /** Connects and subscribes from where it was; resolves once the server has answered the subscribe. */
  connect(): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url, LIVE_PROTOCOL);
      this.socket = socket;
      socket.on("open", () =>
        socket.send(
          JSON.stringify({ op: "subscribe", collection: this.collection, from: this.position ?? undefined }),
        ),
      );
      socket.on("message", (data: Buffer) => {
        // What reaches a client that has hung up was not read by it.
        if (this.socket !== socket) return;
        const frame = ServerFrame.parse(JSON.parse(data.toString()));
        this.take(frame);
        if (frame.op === "snapshot" || frame.op === "resumed") resolve();
        if (frame.op === "error") reject(new Error(`${frame.code}: ${frame.message}`));
      });
      socket.on("close", (code) => {
        this.closes.push(code);
        reject(new Error(`closed with ${code}`));
      });
      socket.on("error", reject);
    });
  }

  /** Tries until the server is there again. */
  async connectPatiently(deadline: number): Promise<void> {
    for (;;) {
      try {
        await this.connect();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Cuts the connection without a word, as a lost network does. */
  cut(): void {
    const { socket } = this;
    this.socket = null;
    socket?.terminate();
  }

  private take(frame: ServerFrame): void {
    this.frames.push(frame);
    if (frame.op === "reset") this.resets += 1;
    if (frame.op === "snapshot") {
      this.start ??= frame.seq;
      this.position = { epoch: frame.epoch, seq: frame.seq };
    }
    if (frame.op === "events") {
      this.numbers.push(...frame.events.map((event) => event.seq));
      this.position = { epoch: frame.epoch, seq: frame.last };
    }
  }
}

/** `from + 1` to `to`. */
export function numbersBetween(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + 1 + i);
}
