import { z } from "zod";
import { Permission, Plan, Role, UserStatus } from "../../shared/contracts/access.ts";
import { type AccountAccess, PlaceKind, type SocketPlace } from "../../shared/contracts/accounts.ts";
import { firstRow, type Sql } from "../room/sql.ts";
import { type Migration, migrate, openStorage } from "../storage/migrate.ts";
import { StoredJson } from "../storage/stored-json.ts";

const StoredAccess = z.object({
  user_id: z.string(),
  email: z.string(),
  role: Role,
  plan: Plan,
  status: UserStatus,
  version: z.number(),
  permissions: z.array(Permission),
  mfa_enabled: z.boolean(),
  must_change_password: z.boolean(),
}) satisfies z.ZodType<AccountAccess>;

/** A session as the gate knows it. Times in ms since 1970. */
export interface KnownSession {
  id: string;
  /** As Postgres had it. */
  last_used_at: number;
  expires_at: number;
  mfa_at: number | null;
  /** Seen here, and what of that Postgres has been told. */
  used_at: number;
  saved_at: number;
}

const Access = new StoredJson(StoredAccess);

type SessionRow = {
  id: string;
  last_used_at: number;
  expires_at: number;
  mfa_at: number | null;
  used_at: number;
  saved_at: number;
};

/** The storage of an `AccountGate`, step by step; only ever appended to. */
const ACCOUNT_STORAGE: readonly Migration[] = [
  `create table if not exists account (
  id integer primary key check (id = 1), user_id text not null, access text, dirty integer not null
);
create table if not exists sessions (
  id text primary key, last_used_at integer not null, expires_at integer not null, mfa_at integer,
  used_at integer not null, saved_at integer not null
) without rowid;
create table if not exists places (
  session_id text not null, kind text not null, name text not null, primary key (session_id, kind, name)
) without rowid;
create table if not exists tickets (
  hash text primary key, session_id text not null, version integer not null, expires_at integer not null
) without rowid;
`,
];

/** What a gate keeps in its SQLite, so that it goes on after an eviction while Postgres is away. */
export class AccountMemory {
  private readonly sql: Sql;
  private made: boolean;

  constructor(sql: Sql) {
    this.sql = sql;
    // Asking an object that was never told anything leaves nothing behind.
    this.made = openStorage(sql, ACCOUNT_STORAGE);
  }

  /** Before the first write. */
  private make(): void {
    if (this.made) return;
    migrate(this.sql, ACCOUNT_STORAGE);
    this.made = true;
  }

  /** What was last kept, or `null`. `dirty`: it is known to be out of date. */
  read(): { user_id: string; access: AccountAccess | null; dirty: boolean; sessions: KnownSession[] } | null {
    if (!this.made) return null;
    const row = firstRow<{ user_id: string; access: string | null; dirty: number }>(
      this.sql,
      "select user_id, access, dirty from account",
    );
    if (row === undefined) return null;
    const access = row.access === null ? null : Access.read(row.access);
    return {
      user_id: row.user_id,
      access,
      dirty: row.dirty === 1,
      sessions: this.sql.all<SessionRow>(
        "select id, last_used_at, expires_at, mfa_at, used_at, saved_at from sessions",
      ),
    };
  }

  markDirty(user_id: string): void {
    this.make();
    this.sql.all(
      "insert into account (id, user_id, access, dirty) values (1, ?, null, 1) on conflict (id) do update set dirty = 1",
      user_id,
    );
  }

  write(user_id: string, access: AccountAccess | null, dirty: boolean, sessions: KnownSession[]): void {
    this.make();
    this.sql.transaction(() => {
      this.sql.all(
        "insert or replace into account (id, user_id, access, dirty) values (1, ?, ?, ?)",
        user_id,
        access === null ? null : Access.write(access),
        dirty ? 1 : 0,
      );
      this.sql.all("delete from sessions");
      for (const session of sessions) this.writeSession(session);
    });
  }

  writeSession(session: KnownSession): void {
    this.sql.all(
      "insert or replace into sessions (id, last_used_at, expires_at, mfa_at, used_at, saved_at) values (?, ?, ?, ?, ?, ?)",
      session.id,
      session.last_used_at,
      session.expires_at,
      session.mfa_at,
      session.used_at,
      session.saved_at,
    );
  }

  addPlace(session_id: string, { kind, name }: SocketPlace): void {
    this.make();
    this.sql.all(
      "insert or ignore into places (session_id, kind, name) values (?, ?, ?)",
      session_id,
      kind,
      name,
    );
  }

  places(): { session_id: string; place: SocketPlace }[] {
    if (!this.made) return [];
    return this.sql
      .all<{ session_id: string; kind: string; name: string }>("select session_id, kind, name from places")
      .map(({ session_id, kind, name }) => ({
        session_id,
        place: { kind: PlaceKind.parse(kind), name },
      }));
  }

  removePlace(session_id: string, { kind, name }: SocketPlace): void {
    this.sql.all("delete from places where session_id = ? and kind = ? and name = ?", session_id, kind, name);
  }

  addTicket(hash: string, session_id: string, version: number, expires_at: number, now: number): void {
    this.make();
    this.sql.all("delete from tickets where expires_at <= ?", now);
    this.sql.all(
      "insert into tickets (hash, session_id, version, expires_at) values (?, ?, ?, ?)",
      hash,
      session_id,
      version,
      expires_at,
    );
    // Of more than a hundred that wait, the oldest go.
    this.sql.all(
      "delete from tickets where hash not in (select hash from tickets order by expires_at desc limit 100)",
    );
  }

  /** Takes a ticket out; nobody gets it again. */
  takeTicket(hash: string, now: number): { session_id: string; version: number } | null {
    if (!this.made) return null;
    const taken = firstRow<{ session_id: string; version: number; expires_at: number }>(
      this.sql,
      "delete from tickets where hash = ? returning session_id, version, expires_at",
      hash,
    );
    if (taken === undefined || taken.expires_at <= now) return null;
    return { session_id: taken.session_id, version: taken.version };
  }
}
