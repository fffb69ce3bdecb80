import { z } from "zod";
import { CloseCode, LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { Device } from "../../shared/contracts/user-room.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import { AppError } from "../../shared/platform/errors.ts";
import type { Subscription } from "./channel.ts";
import type { FilterReader } from "./filter.ts";
import { frame } from "./frames.ts";
import { Peer } from "./peer.ts";

export const HEARTBEAT_MS = 30_000;
/** Three missed heartbeats. */
export const TIMEOUT_MS = 3 * HEARTBEAT_MS;
/** Somebody who never pings may be a plain reader; after this long without a word it is taken for gone. */
const SILENT_TIMEOUT_MS = 15 * 60_000;
/** What the runtime keeps with a hibernating socket, less what its own framing needs. */
const MAX_ATTACHMENT = 16_000;

/** What its filter was made of, beside how far it is. */
const StoredSubscription = z.looseObject({ cursor: z.number().int().nullable() });
const Attachment = z.object({
  id: z.string(),
  traceparent: z.string().nullable().default(null),
  pinged: z.boolean(),
  /** When a frame of it was last taken, in milliseconds. */
  heard_at: z.number(),
  device: Device.nullable().default(null),
  subscriptions: z.record(z.string(), StoredSubscription),
});
type Attachment = z.infer<typeof Attachment>;

/** A socket as the runtime gives it, as far as it is needed here. */
export interface Socket {
  send(text: string): void;
  close(code: number, reason: string): void;
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

interface HubDeps<S extends Socket> {
  now: Clock;
  /** Makes a filter again that outlived the object's memory. */
  filter: FilterReader;
  /** The sockets that are connected, also those that outlived the object's memory. */
  sockets(): S[];
  /** When the runtime last answered the socket's ping by itself. */
  pingedAt(socket: S): number | null;
}

/** The sockets of one object, and what of them must outlive its memory. */
export class Hub<S extends Socket> {
  private readonly deps: HubDeps<S>;
  private readonly peers = new Map<S, Peer>();
  private readonly attachments = new WeakMap<Peer, { socket: S; value: Attachment }>();

  constructor(deps: HubDeps<S>) {
    this.deps = deps;
  }

  /** Greets a socket that was just accepted for the request of `traceparent`. */
  join(socket: S, id: string, traceparent: string | null, device: Device | null = null): Peer {
    const heard_at = this.deps.now();
    const peer = this.know(socket, { id, traceparent, pinged: false, heard_at, device, subscriptions: {} });
    this.store(peer);
    peer.send(
      frame({
        op: "hello",
        protocol: LIVE_PROTOCOL,
        connection_id: id,
        heartbeat_ms: HEARTBEAT_MS,
        timeout_ms: TIMEOUT_MS,
        server_time: isoTime(this.deps.now()),
      }),
    );
    return peer;
  }

  /** Finds the sockets that outlived the object's memory, and hands each of their subscriptions to `put`. */
  restore(put: (peer: Peer, stream: string, subscription: Subscription) => void): void {
    for (const socket of this.deps.sockets()) {
      const stored = socket.deserializeAttachment();
      const parsed = Attachment.safeParse(typeof stored === "string" ? JSON.parse(stored) : stored);
      if (!parsed.success) {
        socket.close(CloseCode.restart, "restarted: come back and resume");
        continue;
      }
      const peer = this.know(socket, parsed.data);
      for (const [stream, { cursor, ...filter }] of Object.entries(parsed.data.subscriptions))
        put(peer, stream, { filter: this.deps.filter(filter), cursor });
    }
  }

  find(socket: S): Peer | undefined {
    return this.peers.get(socket);
  }

  leave(socket: S): Peer | undefined {
    const peer = this.peers.get(socket);
    if (peer) peer.open = false;
    this.peers.delete(socket);
    return peer;
  }

  /** Everyone who is connected. */
  all(): Iterable<Peer> {
    return this.peers.values();
  }

  get size(): number {
    return this.peers.size;
  }

  /** Keeps a subscription with its socket. Throws `invalid_request` when the socket can hold no more of them. */
  persist(peer: Peer, stream: string, subscription: Subscription | null): void {
    const entry = this.attachments.get(peer);
    if (entry === undefined) return;
    const { [stream]: _, ...others } = entry.value.subscriptions;
    const subscriptions =
      subscription === null
        ? others
        : { ...others, [stream]: { ...subscription.filter?.source, cursor: subscription.cursor } };
    if (subscription !== null && JSON.stringify(subscriptions).length > MAX_ATTACHMENT)
      throw new AppError(
        "invalid_request",
        "This socket holds as many subscriptions as it can; open another.",
      );
    entry.value.subscriptions = subscriptions;
    this.store(peer);
  }

  /** Closes peers that are silent for too long. */
  sweep(): void {
    for (const peer of this.peers.values()) {
      const limit = peer.silence() > TIMEOUT_MS && peer.pinged ? TIMEOUT_MS : SILENT_TIMEOUT_MS;
      if (peer.silence() > limit)
        peer.close(CloseCode.heartbeat_timeout, "nothing heard: come back and resume");
    }
  }

  private know(socket: S, value: Attachment): Peer {
    const wire = {
      send: (text: string) => socket.send(text),
      close: (code: number, reason: string) => socket.close(code, reason),
      pingedAt: () => this.deps.pingedAt(socket),
    };
    const peer = new Peer(value.id, wire, this.deps.now, value.heard_at);
    peer.pinged = value.pinged;
    peer.traceparent = value.traceparent;
    peer.device = value.device;
    this.peers.set(socket, peer);
    this.attachments.set(peer, { socket, value });
    return peer;
  }

  /** Keeps with the socket what is known of it; to be called after each of its frames. */
  store(peer: Peer): void {
    const entry = this.attachments.get(peer);
    if (entry === undefined || !peer.open) return;
    entry.value.pinged = peer.pinged;
    entry.value.heard_at = peer.heardAt;
    entry.socket.serializeAttachment(JSON.stringify(entry.value));
  }
}
