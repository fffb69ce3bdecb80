import type { RequestMark, RoomStatus } from "../contracts/room.ts";
import type { Ctx } from "../platform/ctx.ts";
import { withDeadline } from "../platform/deadline.ts";
import { describeError } from "../platform/errors.ts";
import type { GateStatus } from "../providers/gate/gate.ts";
import type { FeedStatus } from "../providers/links.ts";
import { enabledProviders } from "../providers/registry.ts";
import { type RequestFigures, requestFigures } from "./request-figures.ts";

/** How long whoever is asked may take. */
export const PATIENCE_MS = 2000;

export type ProbeCtx = Pick<Ctx, "now" | "log" | "config" | "queue"> & {
  rooms: { board: Pick<Ctx["rooms"]["board"], "list" | "markRequests"> };
  providers: {
    gate(provider: string): Pick<ReturnType<Ctx["providers"]["gate"]>, "status">;
    feed?(provider: string): Pick<ReturnType<Ctx["providers"]["feed"]>, "status">;
  };
};

/** What objects and queues say of themselves, without the database; `null` is whoever did not answer. */
export interface Probe {
  rooms: RoomStatus[] | null;
  /** Of the last minute or two, as ticks mark them; `null` also where there was none yet. */
  requests: RequestFigures | null;
  queue: { backlog: number; oldest_at: number | null } | null;
  /** `feed` of those that push; `null` also where it was not asked for yet. */
  providers: { name: string; gate: GateStatus | null; feed?: FeedStatus | null }[];
}

/** What `ask` says within two seconds; `null`, and a line in the log, where it says nothing. */
export async function askSoon<T>(
  { log }: Pick<Ctx, "log">,
  what: string,
  ask: () => Promise<T>,
): Promise<T | null> {
  try {
    return await withDeadline(PATIENCE_MS, ask);
  } catch (error) {
    log.warn("a part of the platform did not answer", { part: what, error: describeError(error) });
    return null;
  }
}

/** Asks all at the same time. `move`: figures of requests begin anew from here. */
export async function probePlatform(ctx: ProbeCtx, { move }: { move: boolean }): Promise<Probe> {
  const [rooms, marks, queue, providers] = await Promise.all([
    askSoon(ctx, "rooms", () => ctx.rooms.board.list()),
    askSoon(ctx, "requests", () => ctx.rooms.board.markRequests(move)),
    askSoon(ctx, "queue", () => readQueue(ctx)),
    Promise.all(
      enabledProviders(ctx.config).map(async ({ name, fed }) => {
        const [gate, feed] = await Promise.all([
          askSoon(ctx, `provider ${name}`, () => ctx.providers.gate(name).status()),
          fed
            ? askSoon(ctx, `feed of ${name}`, async () => (await ctx.providers.feed?.(name).status()) ?? null)
            : null,
        ]);
        return { name, gate, feed };
      }),
    ),
  ]);
  return { rooms, requests: figuresOf(marks), queue, providers };
}

function figuresOf(marks: { before: RequestMark | null; now: RequestMark } | null): RequestFigures | null {
  return marks === null || marks.before === null ? null : requestFigures(marks.before, marks.now);
}

/** How many jobs wait, and since when the oldest does, ms since 1970; `null` where the runtime cannot tell. */
export async function readQueue({ queue }: Pick<Ctx, "queue">): Promise<Probe["queue"]> {
  const metrics = await queue.metrics?.();
  if (metrics === undefined) return null;
  const { backlogCount: backlog, oldestMessageTimestamp: oldest } = metrics;
  // Cloudflare says 0 where it does not know.
  return { backlog, oldest_at: (backlog > 0 && oldest?.getTime()) || null };
}
