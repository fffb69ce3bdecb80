import pg from "pg";
import { setFormats } from "../../../shared/db/session-formats.ts";
import type { Backend } from "./backend.ts";
import { connectWire } from "./postgres-tunnel.ts";
import { SqlError } from "./sql-error.ts";
import type { Statement, StatementResult } from "./statements.ts";

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
/** What the client gave up waiting for holds no lock for longer than this. */
const STATEMENT_TIMEOUT_MS = 15_000;
/** A server that was asked and says nothing is gone: the connection leaves the pool. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 1_000;

/** Values stay the text that Postgres sent: turning them into types is the driver's work. */
const asText = { getTypeParser: () => (value: string | Buffer) => value };

async function runStatement(client: pg.PoolClient, { query, params }: Statement): Promise<StatementResult> {
  const config = {
    text: query,
    values: params,
    rowMode: "array" as const,
    types: asText,
    // Also without parameters: the simple protocol would take several statements at once, which Neon refuses.
    queryMode: "extended",
  };
  const { command, rowCount, fields, rows } = await client.query<(string | null)[]>(config);
  return {
    command: command ?? "",
    rowCount,
    fields: fields.map(({ name, dataTypeID }) => ({ name, dataTypeID })),
    rows,
  };
}

function toSqlError(error: unknown): unknown {
  return error instanceof pg.DatabaseError ? new SqlError(error) : error;
}

async function runAll(client: pg.PoolClient, statements: Statement[], begin: string | undefined) {
  if (begin !== undefined) await client.query(begin);
  const results: StatementResult[] = [];
  for (const statement of statements) results.push(await runStatement(client, statement));
  if (begin !== undefined) await client.query("COMMIT");
  return results;
}

/** Runs `work` unless, and only until, the caller gives up: what it will try again must not run twice. */
async function whileWanted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise: unwanted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([work(), unwanted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** Any Postgres: statements over a small pool, WebSockets as tunnels to the server itself. */
export function openPostgresBackend(url: string): Backend {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: "xsema",
  });
  // A connection that dies while nobody uses it leaves the pool by itself; without a listener it would throw.
  pool.on("error", () => {});
  pool.on("connect", (client) => {
    // The pool listens only while a connection rests. One that dies in use fails its statement, which says so.
    client.on("error", () => {});
    // Refused where the connection is lost meanwhile, which the statement that waits for it tells.
    client
      .query(`${setFormats("session")} set session statement_timeout = ${STATEMENT_TIMEOUT_MS}`)
      .catch(() => {});
  });

  return {
    async run(statements, begin, signal) {
      const client = await pool.connect().catch((error: unknown) => {
        throw toSqlError(error);
      });
      let broken: Error | undefined;
      try {
        return await whileWanted(signal, () => runAll(client, statements, begin));
      } catch (error) {
        // Whatever Postgres did not say itself leaves the connection in a state that nobody knows.
        if (!(error instanceof pg.DatabaseError)) broken = new Error("given up in use", { cause: error });
        else if (begin !== undefined)
          await client.query("ROLLBACK").catch((failure: Error) => {
            broken = failure;
          });
        throw toSqlError(error);
      } finally {
        // A broken one is closed, which ends what it was doing.
        client.release(broken);
      }
    },
    serve: (stream) => connectWire(url, stream),
    close: () => pool.end(),
  };
}
