import { CloseCode } from "../../shared/contracts/live.ts";
import type { Device } from "../../shared/contracts/user-room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { Debtor, Debts } from "./debts.ts";
import { frame } from "./frames.ts";

/** The two things that are done to a socket. Both throw once it is gone. */
export interface Wire {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** When the runtime last answered a ping for us, without waking the object; milliseconds, or `null`. */
  pingedAt(): number | null;
}

/**
 * What a peer may owe, and ask for. The runtime tells neither how much of a send is still queued nor what a network has
 * taken, and a client that reads nothing can send what it likes: only the answer to a mark, whose id nobody can guess,
 * shows that what was sent before it has been read.
 */
export interface PeerLimits {
  /** Characters owed by a peer that answers marks. */
  answering: number;
  /** Characters owed by one that never did: it can be sent no more than this over one connection. */
  silent: number;
  /** A mark follows after so many characters. */
  mark_every: number;
  /** A catch-up waits while a peer owes so many characters. */
  catch_up: number;
  /** A peer whose catch-up has waited for this long for an answer is closed. */
  stalled_ms: number;
  /** Frames that could not be understood, within `window_ms`. */
  junk: number;
  /** Frames of any kind within `window_ms`. */
  frames: number;
  /** Subscriptions to one stream within `window_ms`. */
  resumes: number;
  /** Subscriptions to what does not exist within `window_ms`. */
  misses: number;
  window_ms: number;
}

export const DEFAULT_PEER_LIMITS: PeerLimits = {
  answering: 4 * 1024 * 1024,
  silent: 8 * 1024 * 1024,
  mark_every: 64 * 1024,
  catch_up: 1024 * 1024,
  stalled_ms: 60_000,
  junk: 20,
  frames: 600,
  resumes: 20,
  misses: 20,
  window_ms: 10_000,
};

interface Mark {
  id: string;
  sent: number;
  at: number;
}

interface PeerDeps {
  now: Clock;
  /** Of all peers of the object. */
  debts: Debts;
  limits?: PeerLimits | undefined;
}

/** One connected socket, and what is known of how well it keeps up. */
export class Peer implements Debtor {
  readonly id: string;
  readonly wire: Wire;
  /** Of the request that opened the socket; what its frames cause is logged under it. */
  traceparent: string | null = null;
  /** What is told of it to the user's other devices; `null` where nobody is. */
  device: Device | null = null;
  /** Kinds of events that whoever opened it may not read. */
  hidden: readonly string[] = [];
  /** When anything was last heard of it, in milliseconds. */
  heardAt: number;
  /** Whether it ever sent a ping: only then can silence mean that it is dead. */
  pinged = false;
  /** Whether it ever answered a mark. */
  answers = false;
  open = true;
  closedAt: number | null = null;
  private readonly limits: PeerLimits;
  private readonly now: Clock;
  private readonly debts: Debts;
  private sent = 0;
  private read = 0;
  private marked = 0;
  private marks: Mark[] = [];
  private windowStart = 0;
  private framesInWindow = 0;
  private junkInWindow = 0;
  private missesInWindow = 0;
  private readonly resumesInWindow = new Map<string, number>();

  constructor(id: string, wire: Wire, { now, debts, limits = DEFAULT_PEER_LIMITS }: PeerDeps) {
    this.id = id;
    this.wire = wire;
    this.now = now;
    this.debts = debts;
    this.heardAt = now();
    this.limits = limits;
  }

  /** Characters that were sent and that it has not shown to have read. */
  get owed(): number {
    return this.sent - this.read;
  }

  /** Takes over what it owed before the object's memory went. */
  restoreDebt(owed: number, answers: boolean): void {
    this.sent += owed;
    this.answers = answers;
    this.debts.note(this);
  }

  /** Sends a frame. False once the peer is gone. */
  send(text: string): boolean {
    if (!this.put(text)) return false;
    if (this.sent - this.marked >= this.limits.mark_every && !this.putMark()) return false;
    this.debts.note(this);
    if (this.owed > (this.answers ? this.limits.answering : this.limits.silent)) this.closeSlow();
    return this.open;
  }

  close(code: number, reason: string): void {
    if (!this.open) return;
    this.open = false;
    this.closedAt = this.now();
    try {
      this.wire.close(code, reason);
    } catch {
      // Closed already, which is what was wanted.
    }
  }

  /** A frame arrived, which shows that it is alive, and nothing about what it has read. */
  heard(): void {
    this.heardAt = this.now();
  }

  /** For how long nothing was heard, in milliseconds, pings that the runtime answered included. */
  silence(): number {
    const ping = this.wire.pingedAt();
    if (ping !== null) this.pinged = true;
    if (ping !== null && ping > this.heardAt) this.heardAt = ping;
    return this.now() - this.heardAt;
  }

  /** It has answered a mark, and so read all that was sent before it. */
  answered(id: string): void {
    const reached = this.marks.findIndex((mark) => mark.id === id);
    const mark = this.marks[reached];
    if (mark === undefined) return;
    this.answers = true;
    this.read = mark.sent;
    this.marks.splice(0, reached + 1);
    this.debts.note(this);
  }

  /**
   * Sees to it that an answer can come from a peer whose catch-up waits for one: marks that were sent before the
   * object's memory went are not known any more.
   */
  askToAnswer(): void {
    if (this.marks.length === 0 && this.putMark()) this.debts.note(this);
  }

  /** Closes it where a catch-up waits for an answer that does not come. */
  closeStalled(): void {
    const [oldest] = this.marks;
    if (oldest === undefined || this.owed < this.limits.catch_up) return;
    if (this.answers && this.now() - oldest.at > this.limits.stalled_ms) this.closeSlow();
  }

  /** How much it may owe before the next page of a catch-up is sent. */
  get catchUpWindow(): number {
    return this.limits.catch_up;
  }

  /** Counts a frame; false when there are too many of them, or too many that make no sense. */
  allowFrame(junk: boolean): boolean {
    this.turnWindow();
    if (junk) this.junkInWindow += 1;
    else this.framesInWindow += 1;
    return this.framesInWindow <= this.limits.frames && this.junkInWindow <= this.limits.junk;
  }

  /** Counts a subscription to a stream; false when it asks for the same one too often. */
  allowResume(stream: string): boolean {
    this.turnWindow();
    const count = (this.resumesInWindow.get(stream) ?? 0) + 1;
    this.resumesInWindow.set(stream, count);
    return count <= this.limits.resumes;
  }

  /** What it asked for does not exist. */
  missed(): void {
    this.turnWindow();
    this.missesInWindow += 1;
  }

  /** Whether it may have somebody look for what it names. */
  get mayLook(): boolean {
    this.turnWindow();
    return this.missesInWindow < this.limits.misses;
  }

  private turnWindow(): void {
    const now = this.now();
    if (now - this.windowStart <= this.limits.window_ms) return;
    this.windowStart = now;
    this.framesInWindow = 0;
    this.junkInWindow = 0;
    this.missesInWindow = 0;
    this.resumesInWindow.clear();
  }

  private put(text: string): boolean {
    if (!this.open) return false;
    this.sent += text.length;
    try {
      this.wire.send(text);
    } catch {
      // The socket closed under us; the runtime reports that on its own.
      this.open = false;
      this.closedAt = this.now();
    }
    return this.open;
  }

  private putMark(): boolean {
    const id = crypto.randomUUID().slice(0, 18);
    if (!this.put(frame({ op: "mark", id }))) return false;
    this.marked = this.sent;
    this.marks.push({ id, sent: this.sent, at: this.now() });
    return true;
  }

  private closeSlow(): void {
    this.close(CloseCode.slow_consumer, "more was sent than was read: come back and resume");
  }
}
