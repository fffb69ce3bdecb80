import type { PGlite } from "@electric-sql/pglite";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { openPgliteBackend } from "../../scripts/local/neon-endpoint/pglite-backend.ts";
import { confine } from "../../scripts/local/neon-endpoint/pglite-role.ts";
import { openPostgresBackend } from "../../scripts/local/neon-endpoint/postgres-backend.ts";
import { type NeonEndpoint, startNeonEndpoint } from "../../scripts/local/neon-endpoint/server.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";
import { openMemoryDatabase } from "../../scripts/local/pglite-database.ts";
import { createDb, type Db } from "../../shared/db/client.ts";
import { readRows } from "../../shared/db/rows.ts";
import { createTransact, type Transact } from "../../shared/db/transaction.ts";
import { createMigratedDatabase, whyNoPostgres } from "./postgres.ts";

const noPostgres = await whyNoPostgres();

/**
 * Every kind of Postgres that the code must run on, for `describe.each`; `skipped` says why one is not tried here. With
 * `TEST_DATABASE_URL` it is a real server's turn, as for the platforms of the end-to-end tests.
 */
export const BACKENDS = [
  {
    backend: "pglite",
    skipped: process.env.TEST_DATABASE_URL ? "TEST_DATABASE_URL asks for PostgreSQL" : undefined,
  },
  { backend: "postgres", skipped: noPostgres },
] as const;
export type BackendName = (typeof BACKENDS)[number]["backend"];

export interface OpenDatabase {
  /** As the worker is told where it is, and where the endpoint listens. */
  url: string;
  endpoint: string;
  /** The production driver, speaking Neon's protocol to the local endpoint. */
  db: Db;
  /** Interactive transactions, over the WebSocket half of the same endpoint. */
  transact: Transact;
  /** Removes every row. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What a test may that tampers, as who owns a database: change its tables, and rows that a trigger guards
 * (`set local session_replication_role = replica`). The platform's own role may not.
 */
export const TAMPERING = `
  grant set on parameter session_replication_role to xsema;
  grant create on schema public to xsema;
  do $$ declare name text; begin
    for name in select oid::regclass from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
    loop execute format('alter table %s owner to xsema', name); end loop;
  end $$;`;

/** Opening one costs a second of work, so the tests of a process hand theirs on, emptied. */
const idle: { url: string; endpoint: NeonEndpoint; vacuum(): Promise<unknown> }[] = [];

async function openPglite(idleTransactionMs?: number) {
  const pglite = await openMemoryDatabase(MIGRATIONS);
  await confine(pglite, TAMPERING);
  const endpoint = await startNeonEndpoint(
    await openPgliteBackend(pglite, idleTransactionMs === undefined ? {} : { idleTransactionMs }),
  );
  return { url: "postgres://test@localhost/test", endpoint, vacuum: () => vacuum(pglite) };
}

/** As the superuser, for only an owner may. */
async function vacuum(pglite: PGlite): Promise<void> {
  for (const statement of ["reset session authorization", "vacuum", "set session authorization xsema"])
    await pglite.exec(statement);
}

async function openEndpoint(backend: BackendName, idleTransactionMs?: number) {
  if (backend === "pglite" && idleTransactionMs !== undefined) {
    const { url, endpoint } = await openPglite(idleTransactionMs);
    return { url, endpoint, close: endpoint.close };
  }
  if (backend === "pglite") {
    const opened = idle.pop() ?? (await openPglite());
    const close = async (empty: () => Promise<void>) => {
      await empty();
      await opened.vacuum();
      idle.push(opened);
    };
    return { endpoint: opened.endpoint, url: opened.url, close };
  }
  const { url, drop } = await createMigratedDatabase();
  // A zone with half hours and changing clocks: what is counted must not depend on the session's. And nobody needs
  // these rows after a power cut.
  const zoned = new URL(url);
  zoned.searchParams.set("options", "-c TimeZone=America/St_Johns -c synchronous_commit=off");
  const endpoint = await startNeonEndpoint(openPostgresBackend(zoned.href));
  const close = async () => {
    await endpoint.close();
    await drop();
  };
  return { endpoint, url, close };
}

/**
 * Makes what removes every row, in one transaction. Deleting from tables that hold next to nothing takes a few
 * milliseconds, truncating them (new files, written out) up to hundreds. The lock waits for whoever still writes, as
 * truncating would. As a replica's, the session runs no trigger: neither those that keep foreign keys nor the one
 * that forbids deleting from the audit log.
 */
async function emptying(db: Db): Promise<() => Promise<void>> {
  const tables = await readRows(
    db,
    sql`select quote_ident(relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`,
    z.object({ name: z.string() }),
  );
  const names = tables.map(({ name }) => name);
  const deletes = names.map((name, i) => `d${i} as (delete from ${name})`);
  return async () => {
    await db.batch([
      db.execute(sql.raw(`lock table ${names.join(", ")} in exclusive mode`)),
      db.execute(sql`set local session_replication_role = replica`),
      db.execute(sql.raw(`with ${deletes.join(", ")} select 1`)),
    ]);
  };
}

/**
 * An empty, migrated database of its own; on a real server it is dropped at the end. With `idleTransactionMs` PGlite's
 * only session is taken from a silent client earlier.
 */
export async function openTestDatabase(
  backend: BackendName = "pglite",
  { idleTransactionMs }: { idleTransactionMs?: number } = {},
): Promise<OpenDatabase> {
  const { endpoint, url, close } = await openEndpoint(backend, idleTransactionMs);
  const db = createDb(url, endpoint.url);
  const empty = await emptying(db);
  return {
    url,
    endpoint: endpoint.url,
    db,
    transact: createTransact(url, endpoint.url),
    empty,
    close: () => close(empty),
  };
}
