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
import type { FilterReader } from "./filter.ts";
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
  filter: FilterReader;
  /** The channel to watch; throws `AppError` where there is none or the peer may not have it. */
  open(peer: Peer, collection: string | undefined): Promise<Channel>;
  /** The channel that the peer already watches under this name. */
  find(peer: Peer, collection: string | undefined): Channel | undefined;
  failed(error: unknown, peer: Peer): void;
}

/**
 * What a peer's frames make happen. Frames of one peer are taken one after the other; a frame that cannot be
 * followed is answered with an `error` frame and the socket stays open, unless they keep coming.
 */
export class Session {
  private readonly deps: SessionDeps;
  private readonly turns = new WeakMap<Peer, Promise<void>>();

  constructor(deps: SessionDeps) {
    this.deps = deps;
  }

  /** Handles one message of a peer; resolves when all that it asked for was sent. */
  receive(peer: Peer, message: string | ArrayBuffer): Promise<void> {
    const before = this.turns.get(peer) ?? Promise.resolve();
    const turn = before.then(() => this.take(peer, message));
    this.turns.set(peer, turn);
    return turn;
  }

  private async take(peer: Peer, message: string | ArrayBuffer): Promise<void> {
    if (!peer.open) return;
    peer.heard();
    const parsed = parseFrame(this.deps.frames, message);
    if (!peer.allowFrame("code" in parsed)) {
      sendError(peer, "abuse", "Too many frames, or too many that cannot be understood. Slow down.");
      peer.close(CloseCode.abuse, "too many frames");
      return;
    }
    if ("code" in parsed) return sendError(peer, parsed.code, parsed.message, parsed.errors);
    try {
      await this.follow(peer, parsed);
    } catch (error) {
      const about = "collection" in parsed ? parsed.collection : undefined;
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
      case "ack": {
        const channel = this.deps.find(peer, sent.collection);
        if (channel) peer.acked(channel.stream.name, sent.seq);
        return;
      }
      case "unsubscribe": {
        const channel = this.deps.find(peer, sent.collection);
        if (!channel?.unsubscribe(peer))
          throw new AppError("not_found", "There is no such subscription on this socket.");
        peer.send(frame({ op: "unsubscribed", ...channel.stream.label }));
        return;
      }
      case "subscribe": {
        const channel = await this.deps.open(peer, sent.collection);
        await channel.subscribe(peer, this.deps.filter(sent), sent.from);
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
