import type { z } from "zod";
import type {
  ClientFrame,
  EventsFrame,
  Position,
  ServerFrame,
  SnapshotFrame,
} from "../../../shared/contracts/live.ts";
import { judgeEvents } from "./judge-events.ts";
import type { LiveTrack } from "./live-track.ts";
import type { LiveHandlers, LiveReason } from "./live-types.ts";

interface ReaderDeps {
  tracks: Map<string, LiveTrack>;
  handlers: LiveHandlers;
  send(frame: z.input<typeof ClientFrame>): void;
  /** This connection will not do; another is to be tried. */
  giveUp(reason: LiveReason): void;
  /** What is owed, or where a subscription stands, has changed. */
  changed(): void;
}

/** Errors of what may work in a moment: it stays owing, and is asked for again after a pause. */
const PASSING_ERRORS = new Set(["unavailable", "rate_limited"]);

/** What the server's frames do to the subscriptions. Frames are handed in one after the other. */
export class FrameReader {
  #deps: ReaderDeps;
  /** Subscriptions without an answer yet. A server answers in the order of the questions. */
  #asked: LiveTrack[] = [];

  constructor(deps: ReaderDeps) {
    this.#deps = deps;
  }

  /** A new connection begins: everything is asked for from where it stands. */
  begin(): void {
    this.#asked = [];
    for (const track of this.#deps.tracks.values()) this.#send(track);
    this.#deps.changed();
  }

  ask(track: LiveTrack): void {
    this.#send(track);
    this.#deps.changed();
  }

  take(frame: ServerFrame): void | Promise<void> {
    switch (frame.op) {
      case "snapshot":
        return this.#takeSnapshot(frame);
      case "events":
        return this.#takeEvents(frame);
      case "resumed":
        return this.#takeResumed(frame);
      case "reset": {
        const track = this.#deps.tracks.get(frame.collection);
        if (track) track.reset = frame;
        return this.#deps.changed();
      }
      case "mark":
        // Frames are handed in one after the other: all that came before it was handled.
        return this.#deps.send({ op: "ack", mark: frame.id });
      case "error":
        return this.#takeError(frame);
    }
  }

  /** It may have been events: asking again from the position brings them back if so. */
  junk(why: string): void {
    this.#problem("junk_frame", why);
    for (const track of this.#deps.tracks.values()) {
      if (!track.awaitsAnswer) this.#askAgain(track, "a frame that could not be read", "junk_persists");
    }
  }

  async #takeSnapshot(frame: SnapshotFrame): Promise<void> {
    const track = this.#deps.tracks.get(frame.collection);
    // A reset may also come unasked: when the room begins a new epoch, or prunes under a slow reader.
    if (!track || !(track.awaitsAnswer || track.reset || track.refused)) return;
    await this.#deps.handlers.onSnapshot?.(frame, track.reset);
    track.reset = null;
    this.#answered(track, frame.seq);
    this.#moveTo(track, { epoch: frame.epoch, seq: frame.seq });
  }

  #takeResumed(frame: Extract<ServerFrame, { op: "resumed" }>): void {
    const track = this.#deps.tracks.get(frame.collection);
    if (!track || !(track.awaitsAnswer || track.refused)) return;
    const { position } = track;
    this.#answered(track, frame.head);
    const isOurs = position?.epoch === frame.epoch && frame.seq <= position.seq;
    if (isOurs) this.#deps.changed();
    else this.#askAgain(track, `resumed at ${frame.epoch}:${frame.seq}, which was not asked for`);
  }

  async #takeEvents(frame: EventsFrame): Promise<void> {
    const track = this.#deps.tracks.get(frame.collection);
    if (!track || track.awaitsAnswer || track.reset) return;
    const verdict = judgeEvents(track.position, frame, track.filtered);
    if (verdict.kind === "gap") return this.#askAgain(track, verdict.why);
    if (verdict.kind === "apply") {
      if (verdict.events.length > 0) {
        await this.#deps.handlers.onEvents?.(frame.collection, verdict.events, frame);
      }
      this.#moveTo(track, verdict.position);
    }
  }

  #takeError(frame: Extract<ServerFrame, { op: "error" }>): void {
    this.#problem(frame.code, frame.message, frame.collection);
    if (PASSING_ERRORS.has(frame.code)) return;
    // Where it names no collection it is about the oldest question; an answer after all would put that right.
    const { collection } = frame;
    const track = collection === undefined ? this.#asked[0] : this.#deps.tracks.get(collection);
    if (!track?.awaitsAnswer) return;
    this.#answered(track, 0);
    track.refused = true;
    this.#deps.changed();
  }

  #send(track: LiveTrack): void {
    this.#asked.push(track);
    this.#deps.send(track.ask());
  }

  #answered(track: LiveTrack, head: number): void {
    const index = this.#asked.indexOf(track);
    if (index >= 0) this.#asked.splice(index, 1);
    track.answered(head);
  }

  #askAgain(track: LiveTrack, why: string, reason: LiveReason = "gap_persists"): void {
    this.#problem("asked_again", why, track.subscription.collection);
    if (track.mayAskAgain()) this.ask(track);
    else this.#deps.giveUp(reason);
  }

  #moveTo(track: LiveTrack, position: Position): void {
    track.moveTo(position);
    this.#deps.handlers.onPosition?.(track.subscription.collection, position);
    this.#deps.changed();
  }

  #problem(code: string, message: string, collection?: string): void {
    this.#deps.handlers.onProblem?.({ code, message, collection });
  }
}
