import { MAX_FRAME_EVENTS } from "../../shared/contracts/live.ts";
import type { RelayFrame } from "../../shared/contracts/room.ts";
import type { Channel, ChannelSource, RoomPosition } from "./channel.ts";
import type { EventRange } from "./frames.ts";

interface RelayChannelDeps {
  channel: Channel;
  source: ChannelSource;
  /** How far this relay has sent must outlive its memory, in the same turn as the sending. */
  remember(at: { epoch: string; seq: number }): void;
}

/**
 * One room as a relay sees it: frames may be missed, doubled or come late, and the room may begin anew.
 * Whatever happens, the channel behind is handed every number once and in order; holes are read from the room.
 */
export class RelayChannel {
  readonly channel: Channel;
  private readonly deps: RelayChannelDeps;
  private turn: Promise<void> = Promise.resolve();

  constructor(deps: RelayChannelDeps) {
    this.channel = deps.channel;
    this.deps = deps;
  }

  /** Takes a frame from the room. */
  deliver(frame: RelayFrame): Promise<void> {
    return this.inTurn(async () => {
      if (frame.epoch !== this.channel.sent.epoch) return this.catchUp(await this.deps.source.position());
      if (frame.first > this.channel.sent.seq + 1) await this.fillTo(frame.first - 1);
      this.send(frame);
    });
  }

  /** Brings the channel to where the room is. */
  level(room: RoomPosition): Promise<void> {
    return this.inTurn(() => this.catchUp(room));
  }

  private async catchUp(room: RoomPosition): Promise<void> {
    const nobody = this.channel.subscriptions.size === 0 && room.head > this.channel.sent.seq;
    if (nobody || room.epoch !== this.channel.sent.epoch || this.channel.sent.seq < room.oldest - 1) {
      // Nobody here can be served without a hole, so everyone is told; and where nobody is, nothing need be read.
      await this.channel.restart(room);
      this.deps.remember(this.channel.sent);
    } else await this.fillTo(room.head);
  }

  private async fillTo(last: number): Promise<void> {
    while (this.channel.sent.seq < last) {
      const after = this.channel.sent.seq;
      const page = await this.deps.source.page(after, Math.min(MAX_FRAME_EVENTS, last - after));
      if (page.epoch !== this.channel.sent.epoch || page.first !== after + 1 || page.events.length === 0)
        return this.catchUp(await this.deps.source.position());
      this.send({
        epoch: page.epoch,
        first: page.first,
        last: after + page.events.length,
        bodies: page.events,
      });
    }
  }

  /** Sends what of the frame is new. */
  private send(frame: EventRange): void {
    const { seq } = this.channel.sent;
    if (frame.last <= seq) return;
    const known = seq + 1 - frame.first;
    const bodies = frame.bodies.slice(known);
    this.channel.broadcast({ ...frame, first: seq + 1, bodies });
    this.deps.remember(this.channel.sent);
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.turn.then(work);
    // A failure is the caller's to hear of; the next one in line goes on.
    this.turn = turn.catch(() => undefined);
    return turn;
  }
}
