import type { ExtractTablesWithRelations } from "drizzle-orm";
import { createTableRelationsHelpers, extractTablesRelationalConfig } from "drizzle-orm";
import { type NeonDatabase, NeonDriver, NeonTransaction } from "drizzle-orm/neon-serverless";
import { PgDialect } from "drizzle-orm/pg-core";
import { systemClock } from "../platform/clock.ts";
import { withDeadline } from "../platform/deadline.ts";
import { AppError } from "../platform/errors.ts";
import { type Connection, isUnanswered, openConnection } from "./connection.ts";
import { healthOf } from "./health.ts";
import { type Patience, patience } from "./patience.ts";
import * as schema from "./schema/index.ts";
import { setFormats } from "./session-formats.ts";
import { sqlStateOf } from "./sql-state.ts";
import {
  CommitUnknownError,
  DatabaseUnavailableError,
  isContention,
  isDatabaseUnavailable,
} from "./unavailable.ts";

/** Inside a transaction: reads what it wrote, holds what it locked. */
export type Tx = Parameters<Parameters<NeonDatabase<typeof schema>["transaction"]>[0]>[0];

/**
 * Runs `work` in one transaction: all of it is committed, or none where it throws. `work` runs again, from its beginning,
 * where it gave way to another transaction: so it changes rows and nothing else, and what follows from it comes after.
 * @throws DatabaseUnavailableError where the database is away; `CommitUnknownError` where that leaves the outcome open.
 */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

const CONNECT_MS = 5_000;
const ROLLBACK_MS = 1_000;
/** How often work that gives way to others runs. */
const ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 250;

const dialect = new PgDialect();

function readTables() {
  const { tables: known, tableNamesMap } = extractTablesRelationalConfig<
    ExtractTablesWithRelations<typeof schema>
  >(schema, createTableRelationsHelpers);
  return { fullSchema: schema, schema: known, tableNamesMap };
}
/** Read once: `drizzle()` would read every table for each transaction. */
const tables = readTables();

type Limits = Pick<Patience, "statement_ms" | "lock_ms" | "idle_ms" | "transaction_ms">;

/** One round trip: the transaction, its limits at the server, and the formats that the code reads. */
function beginning({ statement_ms, lock_ms, idle_ms }: Limits): string {
  return `begin;
set local lock_timeout = ${Math.ceil(lock_ms)};
set local statement_timeout = ${Math.ceil(statement_ms)};
set local idle_in_transaction_session_timeout = ${Math.ceil(idle_ms)};
${setFormats("local")}`;
}

/** How far a transaction has come. */
interface Progress {
  committing: boolean;
}

async function run<T>(
  { client }: Connection,
  limits: Limits,
  work: (tx: Tx) => Promise<T>,
  progress: Progress,
): Promise<T> {
  await client.query(beginning(limits));
  const session = new NeonDriver(client, dialect).createSession(tables);
  const result = await work(new NeonTransaction(dialect, session, tables));
  progress.committing = true;
  await client.query("commit");
  return result;
}

/** What a failure means to the caller. */
function meaningOf(error: unknown, connection: Connection, { committing }: Progress): unknown {
  if (error instanceof AppError) return error;
  const silent = connection.isSilent(error);
  if (committing && (silent || (isDatabaseUnavailable(error) && !isContention(error))))
    return new CommitUnknownError(error);
  return silent ? new DatabaseUnavailableError("the database fell silent in a transaction", error) : error;
}

/** Gives locks free before the answer, where the database listens; otherwise the end of the session does. */
async function rollBack(connection: Connection, error: unknown): Promise<void> {
  if (connection.isSilent(error)) return;
  await withDeadline(ROLLBACK_MS, () => connection.client.query("rollback")).catch(() => {});
}

/** Runs `work` once, over a connection of its own: one that is kept across requests hangs on the second. */
async function transactOnce<T>(
  open: () => Promise<Connection>,
  limits: Limits,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const progress: Progress = { committing: false };
  const connection = await open();
  try {
    const running = run(connection, limits, work, progress);
    // What goes on after the connection was given up fails by itself, and nobody waits for it.
    running.catch(() => {});
    return await connection.within(limits.transaction_ms, running);
  } catch (error) {
    await rollBack(connection, error);
    throw meaningOf(error, connection, progress);
  } finally {
    connection.leave();
  }
}

/**
 * Transactions over Neon's WebSocket protocol, in read committed. With `endpoint` the socket goes to a local server.
 * Every wait has an end, here and at the server, so that neither side keeps a row locked for one that is gone.
 */
export function createTransact(url: string, endpoint?: string, limits: Patience = patience()): Transact {
  const health = healthOf(url, endpoint);
  return async (work) => {
    const start = systemClock();
    const left = () => Math.min(limits.transaction_ms - (systemClock() - start), limits.left());
    for (let attempt = 1; ; attempt++) {
      const transaction_ms = left();
      if (transaction_ms <= 0) throw new DatabaseUnavailableError("the time for the database is over");
      const statement_ms = Math.min(limits.statement_ms, transaction_ms);
      const connect_ms = Math.min(CONNECT_MS, statement_ms);
      const open = () => openConnection(url, endpoint, { connect_ms, statement_ms });
      health.admit();
      try {
        const result = await transactOnce(open, { ...limits, statement_ms, transaction_ms }, work);
        health.answered();
        return result;
      } catch (error) {
        if (sqlStateOf(error) !== null || !(error instanceof DatabaseUnavailableError)) health.answered();
        // One that was cut short by what its request took before says nothing of the database.
        else if (statement_ms === limits.statement_ms || !isUnanswered(error)) health.unanswered();
        if (attempt === ATTEMPTS || !isContention(error)) throw error;
        const pause = Math.random() * LONGEST_PAUSE_MS;
        if (left() <= pause) throw error;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  };
}
