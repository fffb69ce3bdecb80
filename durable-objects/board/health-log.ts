import type { SeenHealth } from "../../shared/contracts/room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { firstRow, type Sql } from "../room/sql.ts";

/** Components are few; providers come and go with the settings. */
const FORGET_AFTER_MS = 30 * 86_400_000;
const TOUCH_EVERY_MS = 3_600_000;

/** Since when each part of the platform is seen as it is. */
export class HealthLog {
  private readonly sql: Sql;
  private readonly now: Clock;

  constructor(sql: Sql, now: Clock) {
    this.sql = sql;
    this.now = now;
  }

  /** Notes how each is, and says since when, ms since 1970. Writes only where something changed. */
  note(seen: readonly SeenHealth[]): Record<string, number> {
    const at = this.now();
    this.sql.all("delete from health where seen_at < ?", at - FORGET_AFTER_MS);
    return Object.fromEntries(seen.map(({ name, status }) => [name, this.noteOne(name, status, at)]));
  }

  private noteOne(name: string, status: string, at: number): number {
    const known = firstRow<{ status: string; since: number; seen_at: number }>(
      this.sql,
      "select status, since, seen_at from health where name = ?",
      name,
    );
    const since = known?.status === status ? known.since : at;
    if (known?.status !== status || at - known.seen_at > TOUCH_EVERY_MS)
      this.sql.all(
        "insert or replace into health (name, status, since, seen_at) values (?, ?, ?, ?)",
        name,
        status,
        since,
        at,
      );
    return since;
  }
}
