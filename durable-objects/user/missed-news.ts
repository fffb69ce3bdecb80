import type { NewsRow } from "../../shared/activity/read-news.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import { firstRow, type Sql } from "../room/sql.ts";
import type { UserLog } from "./user-log.ts";

/** Whoever writes tells the room right after the commit; what it has not said by then, it will not say. */
const GRACE_MS = 15_000;
/** What is written carries the time at which its transaction began, which may be committed much later. */
const OVERLAP_MS = 120_000;
/** The room knows ids for a week. */
const LONGEST_MS = 6 * 86_400_000;
const MOST_ROWS = 2000;

interface MissedNewsDeps {
  sql: Sql;
  user: UserLog;
  now: Clock;
  /** What Postgres says was written for the user. */
  read(span: { from: string; to: string; limit: number }): Promise<NewsRow[]>;
}

/**
 * Finds what was committed and never told: its writer died in between, or was not told that the commit succeeded. Devices
 * are then asked to read again. Pure, over a narrow `Sql`.
 */
export class MissedNews {
  private readonly deps: MissedNewsDeps;

  constructor(deps: MissedNewsDeps) {
    this.deps = deps;
    // Whoever connects for the first time reads everything by REST.
    deps.sql.all("insert or ignore into checked (id, from_at) values (1, ?)", deps.now());
  }

  /** Whether it was not looked for some time, since nobody was connected. */
  get isLate(): boolean {
    return this.deps.now() - this.from > 2 * OVERLAP_MS;
  }

  /** Compares what was written since the last time. True where the devices are asked to read something again. */
  async check(): Promise<boolean> {
    const { user, now, read } = this.deps;
    const to = now() - GRACE_MS;
    const from = Math.max(this.from, to - LONGEST_MS);
    if (to <= from) return false;
    const rows = await read({ from: isoTime(from), to: isoTime(to), limit: MOST_ROWS });
    const missed = rows.filter(({ id }) => !user.knows(id));
    if (missed.length > 0) this.askToRead(missed);
    const last = rows.length === MOST_ROWS ? rows.at(-1) : undefined;
    // What was cut off comes with the next check, whatever else was written in the same moment too.
    const next = last === undefined ? to - OVERLAP_MS : Math.max(Date.parse(last.at) - 1, from + 1);
    this.deps.sql.all("update checked set from_at = ? where id = 1", Math.max(from, next));
    return missed.length > 0;
  }

  /** Everything before was compared, in milliseconds. */
  private get from(): number {
    return firstRow<{ from_at: number }>(this.deps.sql, "select from_at from checked")?.from_at ?? 0;
  }

  private askToRead(missed: NewsRow[]): void {
    const { user, now } = this.deps;
    const scopes = [...new Set(missed.map(({ scope }) => scope))].sort();
    const since = missed.reduce(
      (first, { since }) => (since < first ? since : first),
      missed[0]?.since ?? "",
    );
    const ids = missed.map(({ id }) => id);
    const at = isoTime(now());
    user.publish([{ kind: "sync", id: `sync:missed:${at}`, at, data: { scopes, since } }], ids);
  }
}
