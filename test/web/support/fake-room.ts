import { once } from "node:events";
import { type WebSocket, WebSocketServer } from "ws";
import { ClientFrame, LIVE_PROTOCOL, type ServerFrame } from "../../../shared/contracts/live.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";
import { NO_FIGURES } from "./figures.ts";
import { buildEvent } from "./market-events.ts";

/** What leaves instead of a frame: texts or bytes in their order, or the end of the connection. */
export type Sabotage = (text: string, frame: ServerFrame) => (string | Buffer)[] | "cut";

interface Room {
  epoch: string;
  log: MarketEvent[];
  /** The lowest number that can still be resumed after. */
  prunedTo: number;
}

interface Follower {
  socket: WebSocket;
  room: Room;
  kinds: string[] | undefined;
}

/** A live server over a real socket that keeps the protocol, except where a test tells it not to. */
export class FakeRoom {
  readonly received: ClientFrame[] = [];
  readonly rooms = new Map<string, Room>();
  connectionCount = 0;
  /** `null` makes the server mute: it neither greets nor answers. */
  sabotage: Sabotage | null = (text) => [text];
  heartbeat_ms = 60_000;
  /** Answers subscriptions; a test replaces it to answer otherwise. */
  answer: (frame: Extract<ClientFrame, { op: "subscribe" }>, socket: WebSocket) => void = (frame, socket) =>
    this.subscribe(frame, socket);
  #server: WebSocketServer;
  #followers: Follower[] = [];

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on("connection", (socket) => this.#accept(socket));
  }

  static async start(): Promise<FakeRoom> {
    const server = new WebSocketServer({
      host: "127.0.0.1",
      port: 0,
      handleProtocols: (offered) => (offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false),
    });
    await once(server, "listening");
    return new FakeRoom(server);
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the server does not listen");
    return `ws://127.0.0.1:${address.port}/`;
  }

  get sockets(): WebSocket[] {
    return [...this.#server.clients];
  }

  room(collection = "cryptopunks"): Room {
    const known = this.rooms.get(collection) ?? { epoch: "e1", log: [], prunedTo: 0 };
    this.rooms.set(collection, known);
    return known;
  }

  /** Appends events and sends them as one frame; returns the new head. */
  publish(count: number, collection = "cryptopunks", over: Partial<MarketEvent> = {}): number {
    const room = this.room(collection);
    const first = room.log.length + 1;
    for (let seq = first; seq < first + count; seq += 1) {
      room.log.push(buildEvent(seq, { collection, epoch: room.epoch, ...over }));
    }
    for (const follower of this.#followers) {
      if (follower.room === room) this.#sendEvents(follower, collection, first, room.log.length);
    }
    return room.log.length;
  }

  /** The room forgets its numbers and begins a new epoch. */
  restart(epoch: string, collection = "cryptopunks"): void {
    this.rooms.set(collection, { epoch, log: [], prunedTo: 0 });
  }

  sendToAll(frame: ServerFrame): void {
    for (const socket of this.#server.clients) this.send(socket, frame);
  }

  send(socket: WebSocket, frame: ServerFrame): void {
    if (this.sabotage === null) return;
    const leaves = this.sabotage(JSON.stringify(frame), frame);
    if (leaves === "cut") socket.terminate();
    else for (const data of leaves) socket.send(data);
  }

  /** Ends every connection: without a word, or with a close code. */
  cut(code?: number): void {
    for (const socket of this.#server.clients) {
      if (code === undefined) socket.terminate();
      else socket.close(code);
    }
  }

  sendRaw(data: string | Buffer): void {
    for (const socket of this.#server.clients) socket.send(data);
  }

  subscribe(frame: Extract<ClientFrame, { op: "subscribe" }>, socket: WebSocket): void {
    const collection = frame.collection ?? "cryptopunks";
    const room = this.room(collection);
    const { epoch } = room;
    const head = room.log.length;
    this.#followers = this.#followers.filter((one) => one.socket !== socket || one.room !== room);
    const follower: Follower = { socket, room, kinds: frame.kinds };
    this.#followers.push(follower);
    const from = frame.from;
    if (from?.epoch === epoch && from.seq <= head && from.seq >= room.prunedTo) {
      this.send(socket, { op: "resumed", collection, epoch, seq: from.seq, head });
      for (let first = from.seq + 1; first <= head; first += 7) {
        this.#sendEvents(follower, collection, first, Math.min(head, first + 6));
      }
      return;
    }
    if (from) {
      const reason = from.epoch === epoch ? "log_pruned" : "epoch_changed";
      this.send(socket, { op: "reset", collection, epoch, reason, read_from: `/events?after=${from.seq}` });
    }
    this.sendSnapshot(socket, collection);
  }

  sendSnapshot(socket: WebSocket, collection = "cryptopunks"): void {
    const room = this.room(collection);
    this.send(socket, {
      op: "snapshot",
      collection,
      epoch: room.epoch,
      seq: room.log.length,
      as_of: "2026-11-01T12:00:00.000Z",
      simulated: false,
      floor: null,
      floor_change: null,
      last_price: null,
      last_sales: [],
      ...NO_FIGURES,
    });
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #sendEvents({ socket, room, kinds }: Follower, collection: string, first: number, last: number): void {
    const events = room.log.slice(first - 1, last).filter((event) => !kinds || kinds.includes(event.kind));
    this.send(socket, { op: "events", collection, epoch: room.epoch, first, last, events });
  }

  #accept(socket: WebSocket): void {
    this.connectionCount += 1;
    socket.on("close", () => {
      this.#followers = this.#followers.filter((one) => one.socket !== socket);
    });
    socket.on("message", (data) => {
      const frame = ClientFrame.parse(JSON.parse(data.toString()));
      this.received.push(frame);
      if (frame.op === "subscribe") this.answer(frame, socket);
      if (frame.op === "ping") this.send(socket, { op: "pong" });
      if (frame.op === "unsubscribe") {
        const room = this.room(frame.collection);
        this.#followers = this.#followers.filter((one) => one.socket !== socket || one.room !== room);
      }
    });
    this.send(socket, {
      op: "hello",
      protocol: LIVE_PROTOCOL,
      connection_id: `c${this.connectionCount}`,
      heartbeat_ms: this.heartbeat_ms,
      timeout_ms: 3 * this.heartbeat_ms,
      server_time: "2026-11-01T12:00:00.000Z",
    });
  }
}
