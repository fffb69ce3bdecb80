import { z } from "zod";
import type { GuardState } from "../../shared/auth/login/guard.ts";
import { forgottenAt } from "../../shared/auth/login/guard.ts";
import type { GuardStore } from "../../shared/auth/login/guards.ts";
import { firstRow, type Sql } from "../room/sql.ts";
import { type Migration, migrate, openStorage } from "../storage/migrate.ts";
import { StoredJson } from "../storage/stored-json.ts";

const Stored = z.object({
  failures: z.number(),
  last_at: z.number(),
  blocked_until: z.number(),
  pending: z.array(z.number()),
  limits: z.object({
    free: z.number(),
    base_ms: z.number(),
    max_ms: z.number(),
    forget_after_ms: z.number(),
  }),
}) satisfies z.ZodType<GuardState>;

const State = new StoredJson(Stored);

/** The storage of a `LoginGuard`, step by step; only ever appended to. */
const GUARD_STORAGE: readonly Migration[] = [
  `create table if not exists guards (name text primary key, state text not null, forgotten_at integer not null) without rowid;
   create index if not exists guards_forgotten on guards (forgotten_at);`,
];

/** Guards of one object, in its SQLite. What is forgotten is removed; of more than `most` those that end soonest go. */
export class GuardTable implements GuardStore {
  private readonly sql: Sql;
  private readonly most: number;
  private made: boolean;
  private rows = 0;

  constructor(sql: Sql, most = 20_000) {
    this.sql = sql;
    this.most = most;
    this.made = openStorage(sql, GUARD_STORAGE);
    if (this.made) this.rows = firstRow<{ n: number }>(sql, "select count(*) as n from guards")?.n ?? 0;
  }

  read(name: string): GuardState | null {
    if (!this.made) return null;
    const row = firstRow<{ state: string }>(this.sql, "select state from guards where name = ?", name);
    return row === undefined ? null : State.read(row.state);
  }

  write(name: string, state: GuardState | null): void {
    if (state === null) {
      if (this.made) this.rows -= this.remove("name = ?", name);
      return;
    }
    if (!this.made) migrate(this.sql, GUARD_STORAGE);
    this.made = true;
    const known = firstRow(this.sql, "select 1 as n from guards where name = ?", name) !== undefined;
    if (!known && this.rows >= this.most)
      this.rows -= this.remove("name in (select name from guards order by forgotten_at limit 1)");
    this.sql.all(
      "insert or replace into guards (name, state, forgotten_at) values (?, ?, ?)",
      name,
      State.write(state),
      forgottenAt(state),
    );
    if (!known) this.rows += 1;
  }

  /** Removes what is forgotten by `now`. */
  forget(now: number): void {
    if (this.made) this.rows -= this.remove("forgotten_at <= ?", now);
  }

  /** When the next is forgotten; `null` where nothing is left. */
  nextForgotten(): number | null {
    if (!this.made) return null;
    return (
      firstRow<{ at: number | null }>(this.sql, "select min(forgotten_at) as at from guards")?.at ?? null
    );
  }

  private remove(condition: string, ...bindings: (string | number)[]): number {
    return this.sql.all(`delete from guards where ${condition} returning name`, ...bindings).length;
  }
}
