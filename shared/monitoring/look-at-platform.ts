import type { Component } from "../contracts/monitoring.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { type Judged, judgeComponents } from "./judge-components.ts";
import { askSoon, type Probe, type ProbeCtx, probePlatform } from "./probe.ts";
import { type Backlog, readBacklog } from "./read-backlog.ts";

export type LookCtx = Omit<ProbeCtx, "rooms"> &
  Pick<Ctx, "db"> & {
    mail: unknown;
    rooms: { board: ProbeCtx["rooms"]["board"] & Pick<Ctx["rooms"]["board"], "noteHealth"> };
  };

export interface Look {
  at: number;
  probe: Probe;
  /** `null` while the database is away. */
  backlog: Backlog | null;
  components: Component[];
}

/** Asks every part of the platform how it does, each for two seconds at most and with one statement; never throws. */
export async function lookAtPlatform(ctx: LookCtx, asked: { move: boolean }): Promise<Look> {
  const start = ctx.now();
  const [probe, database] = await Promise.all([
    probePlatform(ctx, asked),
    askSoon(ctx, "database", async () => ({
      backlog: await readBacklog(ctx.db, start),
      took_ms: ctx.now() - start,
    })),
  ]);
  const backlog = database?.backlog ?? null;
  const judged = judgeComponents({
    now: ctx.now(),
    probe,
    backlog,
    database_ms: database?.took_ms ?? 0,
    sends_mail: ctx.mail !== null,
  });
  return { at: ctx.now(), probe, backlog, components: await withTimes(ctx, judged) };
}

/** The same with since when each is seen as it is, as far as the board remembers. */
async function withTimes(ctx: LookCtx, judged: readonly Judged[]): Promise<Component[]> {
  const seen = judged.map(({ name, status }) => ({ name, status }));
  const since = await askSoon(ctx, "status board", () => ctx.rooms.board.noteHealth(seen));
  const checked_at = isoTime(ctx.now());
  return judged.map((each) => {
    const known = since?.[each.name];
    return { ...each, since: known === undefined ? null : isoTime(known), checked_at };
  });
}
