import { sql } from "drizzle-orm";
import { migratePostgres } from "../../scripts/local/migrate-postgres.ts";
import { openPgliteBackend } from "../../scripts/local/neon-endpoint/pglite-backend.ts";
import { openPostgresBackend } from "../../scripts/local/neon-endpoint/postgres-backend.ts";
import { startNeonEndpoint } from "../../scripts/local/neon-endpoint/server.ts";
import { MIGRATIONS } from "../../scripts/local/paths.ts";
import { openMemoryDatabase } from "../../scripts/local/pglite-database.ts";
import { createDb, type Db } from "../../shared/db/client.ts";
import { createTransact, type Transact } from "../../shared/db/transaction.ts";
import { createTestDatabase, whyNoPostgres } from "./postgres.ts";

const noPostgres = await whyNoPostgres();

/** Every kind of Postgres that the code must run on, for `describe.each`; `skipped` says why one cannot be tried here. */
export const BACKENDS = [
  { backend: "pglite", skipped: undefined },
  { backend: "postgres", skipped: noPostgres },
] as const;
export type BackendName = (typeof BACKENDS)[number]["backend"];

export interface OpenDatabase {
  /** The production driver, speaking Neon's protocol to the local endpoint. */
  db: Db;
  /** Interactive transactions, over the WebSocket half of the same endpoint. */
  transact: Transact;
  /** Removes every row. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

async function openEndpoint(backend: BackendName) {
  if (backend === "pglite") {
    const endpoint = await startNeonEndpoint(await openPgliteBackend(await openMemoryDatabase(MIGRATIONS)));
    return { endpoint, url: "postgres://test@localhost/test", drop: async () => {} };
  }
  const { url, drop } = await createTestDatabase();
  await migratePostgres(url, MIGRATIONS);
  // A zone with half hours and changing clocks: what is counted must not depend on the session's.
  const zoned = new URL(url);
  zoned.searchParams.set("options", "-c TimeZone=America/St_Johns");
  return { endpoint: await startNeonEndpoint(openPostgresBackend(zoned.href)), url, drop };
}

/** An empty, migrated database of its own; on a real server it is dropped at the end. */
export async function openTestDatabase(backend: BackendName = "pglite"): Promise<OpenDatabase> {
  const { endpoint, url, drop } = await openEndpoint(backend);
  const db = createDb(url, endpoint.url);
  return {
    db,
    transact: createTransact(url, endpoint.url),
    empty: async () => {
      await db.batch([
        db.execute(sql`alter table audit_log disable trigger user`),
        db.execute(
          sql`truncate collections, provider_cursors, users, groups, signing_keys, mails, messages, idempotency_keys, audit_log cascade`,
        ),
        db.execute(sql`alter table audit_log enable trigger user`),
      ]);
    },
    close: async () => {
      await endpoint.close();
      await drop();
    },
  };
}
