import { Channel } from "../../durable-objects/live/channel.ts";
import { DEFAULT_DEBT_LIMITS } from "../../durable-objects/live/debts.ts";
import { readMarketFilter } from "../../durable-objects/live/filter.ts";
import { Hub, type Socket } from "../../durable-objects/live/hub.ts";
import { marketStream } from "../../durable-objects/live/market-stream.ts";
import { DEFAULT_PEER_LIMITS, type Peer } from "../../durable-objects/live/peer.ts";
import { Session } from "../../durable-objects/live/session.ts";
import { emitPending } from "../../durable-objects/room/emit.ts";
import { roomSource } from "../../durable-objects/room/source.ts";
import { ClientFrame, ServerFrame } from "../../shared/contracts/live.ts";
import { aRoom, fixedClock } from "./room.ts";

/** A socket whose other end is a list. Its attachment outlives the object, as a hibernating socket's does. */
export class FakeSocket implements Socket {
  readonly frames: ServerFrame[] = [];
  closed: { code: number; reason: string } | null = null;
  /** Characters that were handed to it. */
  taken = 0;
  pingedAt: number | null = null;
  private attachment: unknown = null;

  send(text: string): void {
    if (this.closed) throw new Error("the socket is closed");
    this.taken += text.length;
    this.frames.push(ServerFrame.parse(JSON.parse(text)));
  }
  close(code: number, reason: string): void {
    this.closed ??= { code, reason };
  }
  serializeAttachment(value: unknown): void {
    this.attachment = structuredClone(value);
  }
  deserializeAttachment(): unknown {
    return this.attachment;
  }

  /** The numbers of all `events` frames, in the order they came. */
  get numbers(): number[] {
    return this.frames.flatMap((frame) =>
      frame.op === "events" ? frame.events.map((event) => event.seq) : [],
    );
  }
  /** The marks that it was sent. */
  marks(): { id: string }[] {
    return this.frames.flatMap((frame) => (frame.op === "mark" ? [frame] : []));
  }
  frame<Op extends ServerFrame["op"]>(op: Op): Extract<ServerFrame, { op: Op }> | undefined {
    return this.frames.find((frame): frame is Extract<ServerFrame, { op: Op }> => frame.op === op);
  }
}

/** What a peer may owe, a 64th of the real limits, so that tests need not fill megabytes. */
export const SMALL_LIMITS = {
  ...DEFAULT_PEER_LIMITS,
  answering: DEFAULT_PEER_LIMITS.answering / 64,
  silent: DEFAULT_PEER_LIMITS.silent / 64,
  mark_every: DEFAULT_PEER_LIMITS.mark_every / 64,
  catch_up: DEFAULT_PEER_LIMITS.catch_up / 64,
  allowance: DEFAULT_DEBT_LIMITS.allowance / 64,
  together: DEFAULT_DEBT_LIMITS.together / 64,
};

/**
 * A room with its sockets, wired as the object wires them, without the object. With `page`, its log is read by
 * so many events at once and other work gets in between two pages, as it does in an object.
 */
export function aLiveRoom(
  clock = fixedClock(),
  { page, limits, budget }: { page?: number; limits?: typeof SMALL_LIMITS; budget?: number } = {},
) {
  const kept = aRoom(clock, undefined, budget);
  let room = kept.room;
  const sockets = new Set<FakeSocket>();
  let breaths = 0;
  const pause = () => {
    breaths += 1;
    return page === undefined ? Promise.resolve() : new Promise<void>((resolve) => setImmediate(resolve));
  };
  const wire = () => {
    const hub = new Hub<FakeSocket>({
      now: clock.now,
      filter: readMarketFilter,
      ...(limits && { limits }),
      sockets: () => [...sockets],
      pingedAt: (socket) => socket.pingedAt,
    });
    const { log } = room;
    const source = roomSource(room, clock.now);
    const failures: { error: unknown; traceparent: string | null }[] = [];
    const failed = (error: unknown, { traceparent }: Peer) => failures.push({ error, traceparent });
    const channel: Channel = new Channel(
      marketStream("punks"),
      { epoch: log.epoch, sent: log.mark("sent") },
      {
        source: {
          ...source,
          page: (after, limit) => source.page(after, Math.min(limit, page ?? limit)),
        },
        persist: (peer, subscription) => hub.persist(peer, "punks", subscription),
        pause,
        debts: hub.debts,
        failed,
      },
    );
    const session = new Session({
      frames: ClientFrame,
      filter: readMarketFilter,
      open: async () => {
        emit();
        return channel;
      },
      find: () => channel,
      channelsOf: () => [channel],
      failed,
    });
    const emit = () => emitPending(log, channel, () => undefined);
    hub.restore((peer, _collection, subscription) => channel.restore(peer, subscription));
    return { hub, channel, session, emit, failures };
  };
  let wired = wire();
  return {
    clock,
    get room() {
      return room;
    },
    get hub() {
      return wired.hub;
    },
    get channel() {
      return wired.channel;
    },
    failures: () => wired.failures,
    /** How often a catch-up went on to a further page. */
    furtherPages: () => breaths,
    emit: () => wired.emit(),
    connect(traceparent: string | null = null): FakeSocket {
      const socket = new FakeSocket();
      sockets.add(socket);
      wired.hub.join(socket, `con_${sockets.size}`, traceparent);
      return socket;
    },
    async say(socket: FakeSocket, frame: unknown): Promise<void> {
      const peer = wired.hub.find(socket);
      const text = typeof frame === "string" ? frame : JSON.stringify(frame);
      if (peer === undefined) return;
      await wired.session.receive(peer, text);
      wired.hub.heard(peer);
    },
    drop(socket: FakeSocket): void {
      sockets.delete(socket);
      const peer = wired.hub.leave(socket);
      if (peer) wired.channel.unsubscribe(peer);
      socket.close(1006, "dropped");
    },
    /** The object's memory goes; its storage and its sockets stay. */
    evict(): void {
      // What still runs in the old instance must not reach the sockets any more.
      for (const socket of sockets) {
        const peer = wired.hub.find(socket);
        if (peer) peer.open = false;
      }
      room = kept.reopen();
      wired = wire();
    },
  };
}

/** Lets everything that was started and waits for nothing outside come to its end. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
}
