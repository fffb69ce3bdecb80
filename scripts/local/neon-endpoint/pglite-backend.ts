import { Mutex, type PGlite, protocol } from "@electric-sql/pglite";
import type { Backend } from "./backend.ts";
import { IDLE_TRANSACTION_MS } from "./limits.ts";
import { guardText } from "./pglite-guard.ts";
import { PgliteSession } from "./pglite-session.ts";
import { SqlError } from "./sql-error.ts";
import { readCommandTag, type Statement, type StatementResult } from "./statements.ts";
import { WireError } from "./wire.ts";

const { serialize, Parser, messages } = protocol;

function encode({ query, params }: Statement): Uint8Array[] {
  return [
    serialize.parse({ text: guardText(query) }),
    serialize.bind({ values: params }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
  ];
}

function encodeAll(statements: Statement[]): Uint8Array[] {
  try {
    return statements.flatMap(encode);
  } catch (error) {
    if (error instanceof WireError) throw new SqlError({ message: error.message, code: "42501" });
    throw error;
  }
}

/** Takes the answer to Parse, Bind, Describe, Execute … Sync apart. Throws the first error as `SqlError`. */
function decode(answer: Uint8Array): StatementResult[] {
  const results: StatementResult[] = [];
  let current: StatementResult = { command: "", rowCount: null, fields: [], rows: [] };
  const finish = (tag: string) => {
    results.push({ ...current, ...readCommandTag(tag) });
    current = { command: "", rowCount: null, fields: [], rows: [] };
  };
  let failure: SqlError | undefined;
  new Parser().parse(answer, (message) => {
    if (message instanceof messages.RowDescriptionMessage)
      current.fields = message.fields.map(({ name, dataTypeID }) => ({ name, dataTypeID }));
    else if (message instanceof messages.DataRowMessage) current.rows.push(message.fields);
    else if (message instanceof messages.CommandCompleteMessage) finish(message.text);
    else if (message.name === "emptyQuery") finish("");
    else if (message instanceof messages.DatabaseError) failure ??= new SqlError(message);
  });
  if (failure !== undefined) throw failure;
  return results;
}

/**
 * Messages to PGlite and its answer, both as bytes of the wire protocol. As a stream, for `execProtocolRaw` keeps every
 * row that it ever answered (0.5.16).
 */
async function exchange(db: PGlite, bytes: Uint8Array): Promise<Buffer> {
  const parts: Buffer[] = [];
  // Each part is a view of PGlite's own memory, and holds until this returns.
  await db.execProtocolRawStream(bytes, { onRawData: (part) => parts.push(Buffer.from(part)) });
  return Buffer.concat(parts);
}

/**
 * PGlite has one session, so whoever speaks to it holds the lock: an HTTP request for its statements, a
 * WebSocket from its first message until no transaction is open.
 */
export async function openPgliteBackend(
  db: PGlite,
  { idleTransactionMs = IDLE_TRANSACTION_MS } = {},
): Promise<Backend> {
  const lock = new Mutex();
  const execute = (parts: Uint8Array[]) => exchange(db, Buffer.concat([...parts, serialize.sync()]));
  const greeting = Buffer.from(
    await db.execProtocolRaw(serialize.startup({ user: "postgres", database: "postgres" })),
  );
  const sessions = new Set<PgliteSession>();

  return {
    run: (statements, begin, signal) =>
      lock.runExclusive(async () => {
        // The caller has given up waiting: what it will try again must not run twice.
        signal.throwIfAborted();
        if (begin === undefined) return decode(await execute(encodeAll(statements)));
        const all = [{ query: begin, params: [] }, ...statements, { query: "COMMIT", params: [] }];
        try {
          return decode(await execute(encodeAll(all))).slice(1, -1);
        } catch (error) {
          await execute(encode({ query: "ROLLBACK", params: [] }));
          throw error;
        }
      }),
    serve(stream) {
      const session = new PgliteSession(stream, {
        greeting,
        idleTransactionMs,
        acquire: () => lock.acquire(),
        execute: (bytes) => exchange(db, bytes),
      });
      sessions.add(session);
      stream.once("close", () => sessions.delete(session));
    },
    close: async () => {
      await Promise.all([...sessions].map((session) => session.end()));
      await lock.runExclusive(() => db.close());
    },
  };
}
