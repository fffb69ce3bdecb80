import pg from "pg";
import type { Backend } from "./backend.ts";
import { connectWire } from "./postgres-tunnel.ts";
import { SqlError } from "./sql-error.ts";
import type { Statement, StatementResult } from "./statements.ts";

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 10_000;

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

/** Any Postgres: statements over a small pool, WebSockets as tunnels to the server itself. */
export function openPostgresBackend(url: string): Backend {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "xsema",
  });
  // A connection that dies while nobody uses it leaves the pool by itself; without a listener it would throw.
  pool.on("error", () => {});

  return {
    async run(statements, begin, signal) {
      const client = await pool.connect().catch((error: unknown) => {
        throw toSqlError(error);
      });
      let broken: Error | undefined;
      try {
        signal.throwIfAborted();
        if (begin !== undefined) await client.query(begin);
        const results: StatementResult[] = [];
        for (const statement of statements) results.push(await runStatement(client, statement));
        if (begin !== undefined) await client.query("COMMIT");
        return results;
      } catch (error) {
        if (begin !== undefined)
          await client.query("ROLLBACK").catch((failure: Error) => {
            broken = failure;
          });
        throw toSqlError(error);
      } finally {
        client.release(broken);
      }
    },
    serve: (stream) => connectWire(url, stream),
    close: () => pool.end(),
  };
}
