import { z } from "zod";
import { KeyStanding } from "../../shared/auth/api-keys/read-key.ts";
import { PlaceKind, type SocketPlace } from "../../shared/contracts/accounts.ts";
import { firstRow, type Sql } from "../room/sql.ts";
import { type Migration, migrate, openStorage } from "../storage/migrate.ts";
import { StoredJson } from "../storage/stored-json.ts";
import type { SecondCount } from "./request-window.ts";

/** What a gate knows of its key. */
export interface KnownKey {
  key_hash: string;
  standing: KeyStanding;
  /** Something was committed that is not in here yet. */
  dirty: boolean;
}

/** What the key has done lately. Times in ms since 1970, 0 for never. */
export interface KeyActivity {
  used_at: number;
  ip: string;
  /** What of the use Postgres has been told, and when. */
  told_use: number;
  told_at: number;
  counts: SecondCount[];
}

/** The storage of an `ApiKeyGate`, step by step; only ever appended to. */
const KEY_STORAGE: readonly Migration[] = [
  `create table if not exists known (
     id integer primary key check (id = 1), key_hash text not null, standing text not null, dirty integer not null
   );
   create table if not exists activity (id integer primary key check (id = 1), content text not null);
   create table if not exists places (kind text not null, name text not null, primary key (kind, name)) without rowid;`,
];

const StoredActivity = z.object({
  used_at: z.number(),
  ip: z.string(),
  told_use: z.number(),
  told_at: z.number(),
  counts: z.array(z.tuple([z.number(), z.number()])),
}) satisfies z.ZodType<KeyActivity>;

const Activity = new StoredJson(StoredActivity);
const Standing = new StoredJson(KeyStanding);

/** What a gate keeps in its SQLite, so that its key goes on after an eviction while Postgres is away. */
export class KeyMemory {
  private readonly sql: Sql;
  private made: boolean;

  constructor(sql: Sql) {
    this.sql = sql;
    // Asking for a key that does not exist leaves nothing behind.
    this.made = openStorage(sql, KEY_STORAGE);
  }

  read(): KnownKey | null {
    if (!this.made) return null;
    const row = firstRow<{ key_hash: string; standing: string; dirty: number }>(
      this.sql,
      "select key_hash, standing, dirty from known",
    );
    if (row === undefined) return null;
    const standing = Standing.read(row.standing);
    return { key_hash: row.key_hash, standing, dirty: row.dirty === 1 };
  }

  write({ key_hash, standing, dirty }: KnownKey): void {
    if (!this.made) migrate(this.sql, KEY_STORAGE);
    this.made = true;
    this.sql.all(
      "insert or replace into known (id, key_hash, standing, dirty) values (1, ?, ?, ?)",
      key_hash,
      Standing.write(standing),
      dirty ? 1 : 0,
    );
  }

  readActivity(): KeyActivity {
    const row = this.made
      ? firstRow<{ content: string }>(this.sql, "select content from activity")
      : undefined;
    if (row === undefined) return { used_at: 0, ip: "", told_use: 0, told_at: 0, counts: [] };
    return Activity.read(row.content);
  }

  /** Of a key that is known. */
  writeActivity(activity: KeyActivity): void {
    this.sql.all("insert or replace into activity (id, content) values (1, ?)", Activity.write(activity));
  }

  addPlace({ kind, name }: SocketPlace): void {
    this.sql.all("insert or ignore into places (kind, name) values (?, ?)", kind, name);
  }

  places(): SocketPlace[] {
    if (!this.made) return [];
    return this.sql
      .all<{ kind: string; name: string }>("select kind, name from places")
      .map(({ kind, name }) => ({ kind: PlaceKind.parse(kind), name }));
  }

  removePlace({ kind, name }: SocketPlace): void {
    this.sql.all("delete from places where kind = ? and name = ?", kind, name);
  }
}
