import type { Duplex } from "node:stream";
import type { Statement, StatementResult } from "./statements.ts";

/** A Postgres that the endpoint stands in front of. */
export interface Backend {
  /**
   * Runs the statements in order: alone where `begin` is undefined, else all of them in the transaction that
   * `begin` opens, of which nothing stays when one fails.
   * @throws SqlError when Postgres refuses a statement; anything else means that Postgres could not be asked.
   */
  run(statements: Statement[], begin: string | undefined, signal: AbortSignal): Promise<StatementResult[]>;
  /** Serves Postgres's wire protocol on the stream until either side ends it. */
  serve(stream: Duplex): void;
  close(): Promise<void>;
}
