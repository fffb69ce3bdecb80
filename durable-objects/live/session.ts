import type { z } from "zod";
import {
  type AckFrame,
  CloseCode,
  MAX_CLIENT_FRAME,
  type PingFrame,
  type Position,
} from "../../shared/contracts/live.ts";
import { AppError, type FieldError } from "../../shared/platform/errors.ts";
import { fieldErrors } from "../../shared/platform/zod-errors.ts";
import type { Channel } from "./channel.ts";
import type { Filter } from "./filter.ts";
import { frame } from "./frames.ts";
import type { Peer } from "./peer.ts";

/** A client's frame, in whichever room; what else a `subscribe` carries is its filter. */
type ClientFrame =
  | { op: "subscribe"; collection?: string | undefined; from?: Position | undefined }
  | { op: "unsubscribe"; collection?: string | undefined }
  | z.output<typeof PingFrame>
  | z.output<typeof AckFrame>;

interface SessionDeps {
  /** What clients of this kind of room may send. */
  frames: z.ZodType<ClientFrame>;
  filter(asked: unknown, peer: Peer): Filter | null;
  /** The channel to watch; throws `AppError` where there is none or the peer may not have it. */
  open(peer: Peer, collection: string | undefined): Promise<Channel>;
  /** The channel that the peer already watches under this name. */
  find(peer: Peer, collection: string | undefined): Channel | undefined;
  /** The channels in which a catch-up of the peer may wait for it to read. */
  channelsOf(peer: Peer): Iterable<Channel>;
  failed(error: unknown, peer: Peer): void;
}

/** Frames of one peer that wait for their turn; a client that follows 200 collections asks for all of them at once. */
const MOST_WAITING = 600;

interface Queue {
  waiting: number;
  turn: Promise<void>;
}

/**
 * What a peer's frames make happen. They are counted when they arrive and followed one after the other; a frame that
 * cannot be followed is answered with an `error` frame and the socket stays open, unless they keep coming.
 */
export class Session {
  private readonly deps: SessionDeps;
  private readonly queues = new WeakMap<Peer, Queue>();

  constructor(deps: SessionDeps) {
    this.deps = deps;
  }

  /** Handles one message of a peer; resolves when all that it asked for was sent. */
  receive(peer: Peer, message: string | ArrayBuffer): Promise<void> {
    if (!peer.open) return Promise.resolve();
    peer.heard();
    const parsed = parseFrame(this.deps.frames, message);
    const queue = this.queues.get(peer) ?? { waiting: 0, turn: Promise.resolve() };
    this.queues.set(peer, queue);
    if (!peer.allowFrame("code" in parsed) || queue.waiting >= MOST_WAITING) {
      sendError(peer, "abuse", "Too many frames, or too many that cannot be understood. Slow down.");
      peer.close(CloseCode.abuse, "too many frames");
      return Promise.resolve();
    }
    // What was read is known at once, however long the frames before take.
    if (!("code" in parsed) && parsed.op === "ack") {
      this.takeAck(peer, parsed.mark);
      return Promise.resolve();
    }
    queue.waiting += 1;
    queue.turn = queue.turn.then(() => this.take(peer, parsed)).finally(() => (queue.waiting -= 1));
    return queue.turn;
  }

  private takeAck(peer: Peer, mark: string | undefined): void {
    if (mark === undefined) return;
    peer.answered(mark);
    for (const channel of this.deps.channelsOf(peer)) channel.goOn(peer);
  }

  private async take(peer: Peer, parsed: ClientFrame | BadFrame): Promise<void> {
    // What waited when its socket closed asks for nothing any more.
    if (!peer.open) return;
    if ("code" in parsed) return sendError(peer, parsed.code, parsed.message, parsed.errors);
    try {
      await this.follow(peer, parsed);
    } catch (error) {
      const about = "collection" in parsed ? parsed.collection : undefined;
      if (error instanceof AppError && error.code === "not_found" && parsed.op === "subscribe") peer.missed();
      if (error instanceof AppError && error.status < 500)
        return sendError(peer, error.code, error.message, error.details, about);
      this.deps.failed(error, peer);
      sendError(peer, "unavailable", "That did not work just now. Try again in a moment.", [], about);
    }
  }

  private async follow(peer: Peer, sent: ClientFrame): Promise<void> {
    switch (sent.op) {
      case "ping":
        peer.pinged = true;
        peer.send(frame({ op: "pong", id: sent.id }));
        return;
      case "ack":
        return;
      case "unsubscribe": {
        const channel = this.deps.find(peer, sent.collection);
        if (!channel?.unsubscribe(peer))
          throw new AppError("not_found", "There is no such subscription on this socket.");
        peer.send(frame({ op: "unsubscribed", ...channel.stream.label }));
        return;
      }
      case "subscribe": {
        if (!peer.allowResume(sent.collection ?? ""))
          throw new AppError("rate_limited", "This was subscribed to too often. Try again in 10 s.");
        const channel = await this.deps.open(peer, sent.collection);
        await channel.subscribe(peer, this.deps.filter(sent, peer), sent.from);
      }
    }
  }
}

interface BadFrame {
  code: string;
  message: string;
  errors: FieldError[];
}

function parseFrame(frames: z.ZodType<ClientFrame>, message: string | ArrayBuffer): ClientFrame | BadFrame {
  if (typeof message !== "string")
    return { code: "binary_frame", message: "Send JSON in text frames.", errors: [] };
  if (message.length > MAX_CLIENT_FRAME) {
    const text = `A frame may have ${MAX_CLIENT_FRAME} characters; this one has ${message.length}.`;
    return { code: "frame_too_large", message: text, errors: [] };
  }
  let value: unknown;
  try {
    value = JSON.parse(message);
  } catch {
    return { code: "unreadable_frame", message: "The frame is not valid JSON.", errors: [] };
  }
  const parsed = frames.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error);
  const text = 'A frame is an object whose "op" is subscribe, unsubscribe, ping or ack; see errors.';
  return { code: "invalid_frame", message: text, errors };
}

function sendError(
  peer: Peer,
  code: string,
  message: string,
  errors: FieldError[] = [],
  collection?: string,
): void {
  peer.send(frame({ op: "error", code, message, collection, ...(errors.length > 0 && { errors }) }));
}
