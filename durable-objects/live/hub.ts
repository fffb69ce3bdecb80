import { z } from "zod";
import { CloseCode, LIVE_PROTOCOL } from "../../shared/contracts/live.ts";
import { Device } from "../../shared/contracts/user-room.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import { AppError } from "../../shared/platform/errors.ts";
import type { Subscription } from "./channel.ts";
import { type DebtLimits, Debts } from "./debts.ts";
import type { FilterReader } from "./filter.ts";
import { frame } from "./frames.ts";
import { Peer, type PeerLimits } from "./peer.ts";

export const HEARTBEAT_MS = 30_000;
/** Three missed heartbeats. */
export const TIMEOUT_MS = 3 * HEARTBEAT_MS;
/** Somebody who never pings may be a plain reader; after this long without a word it is taken for gone. */
const SILENT_TIMEOUT_MS = 15 * 60_000;
/** That a peer was heard of is kept with its socket this often, since each of its frames would write all of it. */
const STORE_EVERY_MS = 1000;
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
  /** What it had not shown to have read, and whether it ever showed anything. */
  owed: z.number().default(0),
  answers: z.boolean().default(false),
  device: Device.nullable().default(null),
  hidden: z.array(z.string()).default([]),
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
  /** Others than the usual ones, for tests. */
  limits?: PeerLimits & DebtLimits;
  /** When the runtime last answered the socket's ping by itself. */
  pingedAt(socket: S): number | null;
}

/** The sockets of one object, and what of them must outlive its memory. */
export class Hub<S extends Socket> {
  private readonly deps: HubDeps<S>;
  /** What all peers here owe. */
  readonly debts: Debts;
  private readonly peers = new Map<S, Peer>();
  /** Were closed from here; their frames may still wait until they have left. */
  private readonly leaving = new Map<S, Peer>();
  private readonly attachments = new WeakMap<Peer, { socket: S; value: Attachment; storedAt: number }>();

  constructor(deps: HubDeps<S>) {
    this.deps = deps;
    this.debts = new Debts(deps.now, deps.limits);
  }

  /** Greets a socket that was just accepted for the request of `traceparent`. */
  join(
    socket: S,
    id: string,
    traceparent: string | null,
    { device = null, hidden = [] }: { device?: Device | null; hidden?: string[] } = {},
  ): Peer {
    const heard_at = this.deps.now();
    const known = { pinged: false, heard_at, owed: 0, answers: false, device, hidden, subscriptions: {} };
    const peer = this.know(socket, { id, traceparent, ...known });
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

  /** Its socket is gone. */
  leave(socket: S): Peer | undefined {
    const peer = this.peers.get(socket);
    const gone = peer ?? this.leaving.get(socket);
    if (gone) {
      gone.open = false;
      this.debts.forget(gone);
    }
    this.peers.delete(socket);
    this.leaving.delete(socket);
    return peer;
  }

  /** Closes a peer, which counts as gone at once, but for what it owes. */
  dismiss(socket: S, code: number, reason: string): Peer | undefined {
    const peer = this.peers.get(socket);
    if (peer === undefined) return undefined;
    peer.close(code, reason);
    this.peers.delete(socket);
    this.leaving.set(socket, peer);
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

  /** Closes peers that are silent for too long, or that stopped reading in the middle of a catch-up. */
  sweep(): void {
    for (const peer of this.peers.values()) {
      const limit = peer.silence() > TIMEOUT_MS && peer.pinged ? TIMEOUT_MS : SILENT_TIMEOUT_MS;
      if (peer.silence() > limit)
        peer.close(CloseCode.heartbeat_timeout, "nothing heard: come back and resume");
      peer.closeStalled();
    }
  }

  private know(socket: S, value: Attachment): Peer {
    const wire = {
      send: (text: string) => socket.send(text),
      close: (code: number, reason: string) => socket.close(code, reason),
      pingedAt: () => this.deps.pingedAt(socket),
    };
    const peer = new Peer(value.id, wire, {
      now: this.deps.now,
      debts: this.debts,
      limits: this.deps.limits,
    });
    peer.heardAt = value.heard_at;
    peer.restoreDebt(value.owed, value.answers);
    peer.pinged = value.pinged;
    peer.traceparent = value.traceparent;
    peer.device = value.device;
    peer.hidden = value.hidden;
    this.peers.set(socket, peer);
    this.attachments.set(peer, { socket, value, storedAt: Number.NEGATIVE_INFINITY });
    return peer;
  }

  /** Notes that a frame of it was taken. */
  heard(peer: Peer): void {
    const entry = this.attachments.get(peer);
    if (entry === undefined) return;
    const news = entry.value.pinged !== peer.pinged || entry.value.answers !== peer.answers;
    if (news || this.deps.now() - entry.storedAt >= STORE_EVERY_MS) this.store(peer);
  }

  /** Keeps with the socket what is known of it. */
  private store(peer: Peer): void {
    const entry = this.attachments.get(peer);
    if (entry === undefined || !peer.open) return;
    entry.storedAt = this.deps.now();
    entry.value.pinged = peer.pinged;
    entry.value.heard_at = peer.heardAt;
    entry.value.owed = peer.owed;
    entry.value.answers = peer.answers;
    entry.socket.serializeAttachment(JSON.stringify(entry.value));
  }
}
