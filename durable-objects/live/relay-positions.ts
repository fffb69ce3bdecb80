import type { Sql } from "../room/sql.ts";
import { type Migration, migrate } from "../storage/migrate.ts";

/** The storage of a `LiveRelay`, step by step; only ever appended to. */
const RELAY_STORAGE: readonly Migration[] = [
  "create table if not exists positions (collection text primary key, epoch text not null, seq integer not null)",
];

/** How far a relay has sent each collection, so that its sockets lose nothing when its memory goes. */
export class RelayPositions {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
    migrate(sql, RELAY_STORAGE);
  }

  all(): { collection: string; epoch: string; seq: number }[] {
    return this.sql.all("select collection, epoch, seq from positions");
  }

  remember(collection: string, epoch: string, seq: number): void {
    this.sql.all(
      "insert or replace into positions (collection, epoch, seq) values (?, ?, ?)",
      collection,
      epoch,
      seq,
    );
  }

  forget(collection: string): void {
    this.sql.all("delete from positions where collection = ?", collection);
  }
}
