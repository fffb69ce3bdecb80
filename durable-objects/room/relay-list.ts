import type { Sql } from "./sql.ts";

/** A relay that does not ask again within this time has no watchers here any more. */
export const RELAY_LIFETIME_MS = 120_000;

/** The relays that are sent this room's frames. */
export class RelayList {
  private readonly sql: Sql;
  private readonly known: Map<string, number>;

  constructor(sql: Sql) {
    this.sql = sql;
    const rows = sql.all<{ name: string; at: number }>("select name, at from relays");
    this.known = new Map(rows.map((row) => [row.name, row.at]));
  }

  get size(): number {
    return this.known.size;
  }

  names(): Iterable<string> {
    return this.known.keys();
  }

  attach(name: string, now: number): void {
    this.known.set(name, now);
    this.sql.all("insert or replace into relays (name, at) values (?, ?)", name, now);
  }

  detach(name: string): void {
    if (this.known.delete(name)) this.sql.all("delete from relays where name = ?", name);
  }

  expire(now: number): void {
    for (const [name, at] of this.known) if (at < now - RELAY_LIFETIME_MS) this.detach(name);
  }
}
