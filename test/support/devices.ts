import { WebSocket } from "ws";
import { LIVE_PROTOCOL, type Position } from "../../shared/contracts/live.ts";
import { type UserEvent, UserServerFrame } from "../../shared/contracts/user-room.ts";
import { until } from "./api.ts";

/** A device at its user's room, without any wits: it keeps what it is sent as it is sent. */
export class DeviceClient {
  readonly frames: UserServerFrame[] = [];
  readonly events: UserEvent[] = [];
  position: Position | null = null;
  resets = 0;
  closed: { code: number; reason: string } | null = null;
  private socket: WebSocket | null = null;
  private readonly url: string;
  private readonly headers: Record<string, string>;

  constructor(platformUrl: string, headers: Record<string, string>, query = "") {
    this.url = `${platformUrl.replace(/^http/, "ws")}/api/v1/ws${query}`;
    this.headers = headers;
  }

  /** Connects and subscribes from where it was; resolves with 101 once that is answered, or with the refusal's status. */
  connect(asked: Record<string, unknown> = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(this.url, LIVE_PROTOCOL, { headers: this.headers });
      this.socket = socket;
      this.closed = null;
      socket.on("unexpected-response", (_, answer) => {
        resolve(answer.statusCode ?? 0);
        answer.destroy();
      });
      socket.on("open", () =>
        socket.send(JSON.stringify({ op: "subscribe", from: this.position ?? undefined, ...asked })),
      );
      socket.on("message", (data: Buffer) => {
        // What reaches a client that has hung up was not read by it.
        if (this.socket !== socket) return;
        const frame = UserServerFrame.parse(JSON.parse(data.toString()));
        this.take(frame);
        if (frame.op === "snapshot" || frame.op === "resumed") resolve(101);
        if (frame.op === "error") reject(new Error(`${frame.code}: ${frame.message}`));
      });
      socket.on("close", (code, reason) => {
        if (this.socket === socket) this.closed = { code, reason: reason.toString() };
      });
      socket.on("error", () => undefined);
    });
  }

  /** Cuts the connection without a word, as a lost network does. */
  cut(): void {
    const { socket } = this;
    this.socket = null;
    socket?.terminate();
  }

  get numbers(): number[] {
    return this.events.map(({ seq }) => seq);
  }

  /** Waits until it has so many events. */
  async has(count: number): Promise<UserEvent[]> {
    await until(
      () => this.events.length,
      (length) => length >= count,
    );
    return this.events;
  }

  private take(frame: UserServerFrame): void {
    this.frames.push(frame);
    if (frame.op === "reset") this.resets += 1;
    if (frame.op === "snapshot") this.position = { epoch: frame.epoch, seq: frame.seq };
    if (frame.op === "events") {
      this.events.push(...frame.events);
      this.position = { epoch: frame.epoch, seq: frame.last };
    }
  }
}
