import { CloseCode } from "../../shared/contracts/live.ts";
import type { Device } from "../../shared/contracts/user-room.ts";
import type { Clock } from "../../shared/platform/clock.ts";

/** The two things that are done to a socket. Both throw once it is gone. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** When the runtime last answered a ping for us, without waking the object; milliseconds, or `null`. */
  pingedAt(): number | null;
}

/** What a peer may owe before it counts as slow. The runtime does not tell how much of a send is still queued. */
export interface PeerLimits {
  /** Characters sent since a peer that acknowledges last did. */
  unacked: number;
  /** Characters sent since anything was heard of a peer that never acknowledges, once it is silent for `silent_ms`. */
  unheard: number;
  silent_ms: number;
  /** Frames that could not be understood, within `window_ms`. */
  junk: number;
  /** Frames of any kind within `window_ms`. */
  frames: number;
  window_ms: number;
}

export const DEFAULT_PEER_LIMITS: PeerLimits = {
  unacked: 4 * 1024 * 1024,
  unheard: 8 * 1024 * 1024,
  silent_ms: 60_000,
  junk: 20,
  frames: 600,
  window_ms: 10_000,
};

interface Milestone {
  stream: string;
  seq: number;
  sent: number;
}

const MILESTONE_EVERY = 64 * 1024;

/** One connected socket, and what is known of how well it keeps up. */
export class Peer {
  readonly id: string;
  readonly wire: Wire;
  /** Of the request that opened the socket; what its frames cause is logged under it. */
  traceparent: string | null = null;
  /** What is told of it to the user's other devices; `null` where nobody is. */
  device: Device | null = null;
  /** When anything was last heard of it, in milliseconds. */
  heardAt: number;
  /** Whether it ever sent a ping: only then can silence mean that it is dead. */
  pinged = false;
  open = true;
  private readonly limits: PeerLimits;
  private readonly now: Clock;
  private sent = 0;
  private heardSent = 0;
  private ackedSent = 0;
  private acknowledges = false;
  private milestones: Milestone[] = [];
  private windowStart = 0;
  private framesInWindow = 0;
  private junkInWindow = 0;

  constructor(id: string, wire: Wire, now: Clock, heardAt = now(), limits = DEFAULT_PEER_LIMITS) {
    this.id = id;
    this.wire = wire;
    this.now = now;
    this.heardAt = heardAt;
    this.limits = limits;
  }

  /** Sends a frame; `stream` and `seq` say how far a frame of events reaches. False once the peer is gone. */
  send(text: string, stream?: string, seq?: number): boolean {
    if (!this.open) return false;
    this.sent += text.length;
    if (this.acknowledges && stream !== undefined && seq !== undefined) this.addMilestone(stream, seq);
    try {
      this.wire.send(text);
    } catch {
      // The socket closed under us; the runtime reports that on its own.
      this.open = false;
      return false;
    }
    if (this.isSlow()) this.close(CloseCode.slow_consumer, "too slow: come back and resume");
    return this.open;
  }

  close(code: number, reason: string): void {
    if (!this.open) return;
    this.open = false;
    try {
      this.wire.close(code, reason);
    } catch {
      // Closed already, which is what was wanted.
    }
  }

  /** A frame arrived. */
  heard(): void {
    this.heardAt = this.now();
    this.heardSent = this.sent;
  }

  /** For how long nothing was heard, in milliseconds, pings that the runtime answered included. */
  silence(): number {
    const ping = this.wire.pingedAt();
    if (ping !== null) this.pinged = true;
    if (ping !== null && ping > this.heardAt) {
      this.heardAt = ping;
      this.heardSent = this.sent;
    }
    return this.now() - this.heardAt;
  }

  acked(stream: string, seq: number): void {
    if (!this.acknowledges) {
      // Counted from here on: nothing was noted down for a peer that might never acknowledge.
      this.acknowledges = true;
      this.ackedSent = this.sent;
      return;
    }
    const reached = this.milestones.findLastIndex(
      (milestone) => milestone.stream === stream && milestone.seq <= seq,
    );
    if (reached < 0) return;
    this.ackedSent = this.milestones[reached]?.sent ?? this.ackedSent;
    this.milestones.splice(0, reached + 1);
  }

  /** Counts a frame; false when there are too many of them, or too many that make no sense. */
  allowFrame(junk: boolean): boolean {
    const now = this.now();
    if (now - this.windowStart > this.limits.window_ms) {
      this.windowStart = now;
      this.framesInWindow = 0;
      this.junkInWindow = 0;
    }
    if (junk) this.junkInWindow += 1;
    else this.framesInWindow += 1;
    return this.framesInWindow <= this.limits.frames && this.junkInWindow <= this.limits.junk;
  }

  private addMilestone(stream: string, seq: number): void {
    const last = this.milestones.at(-1);
    // Small steps are folded into one for as long as they are of the same stream.
    if (last?.stream === stream && this.sent - this.lastMilestoneSent() < MILESTONE_EVERY) {
      last.seq = seq;
      last.sent = this.sent;
    } else this.milestones.push({ stream, seq, sent: this.sent });
  }

  private lastMilestoneSent(): number {
    return this.milestones.at(-2)?.sent ?? this.ackedSent;
  }

  private isSlow(): boolean {
    if (this.acknowledges) return this.sent - this.ackedSent > this.limits.unacked;
    if (this.sent - this.heardSent <= this.limits.unheard) return false;
    return this.silence() > this.limits.silent_ms;
  }
}
