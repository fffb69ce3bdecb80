import { Client } from "@neondatabase/serverless";
import { isTimeout, withDeadline } from "../platform/deadline.ts";
import { DatabaseUnavailableError } from "./unavailable.ts";

/** A session of its own over Neon's WebSocket protocol. */
export interface Connection {
  client: Client;
  /**
   * Waits for `work` at this connection, for at most `ms` and no longer than the connection stands.
   * Where that ends the wait, the connection is silent.
   */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
  /** Whether the database is not heard any more, or `error` says that it did not answer. */
  isSilent(error: unknown): boolean;
  /** Ends it without waiting: a server that is gone answers no farewell. */
  leave(): void;
}

/** The driver hands on what its WebSocket says, which may be an event and no error. */
function causeOf(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const message = typeof thrown === "object" && thrown !== null && "message" in thrown ? thrown.message : "";
  return new Error(`the WebSocket failed: ${String(message)}`);
}

/** What the driver says, in no class of its own, of a statement that has no answer within `query_timeout`. */
const NO_ANSWER = "Query read timeout";

/** Whether something thrown says that no answer came in time. */
export function isUnanswered(error: unknown): boolean {
  if (isTimeout(error)) return true;
  return error instanceof Error && (error.message === NO_ANSWER || isUnanswered(error.cause));
}

/**
 * Connects, for at most `connect_ms`; a statement without an answer within `statement_ms` fails.
 * @throws DatabaseUnavailableError where nobody answers; Postgres' own error where it refuses the session.
 */
export async function openConnection(
  url: string,
  endpoint: string | undefined,
  { connect_ms, statement_ms }: { connect_ms: number; statement_ms: number },
): Promise<Connection> {
  const client = new Client({ connectionString: url, query_timeout: statement_ms });
  if (endpoint !== undefined) {
    const { host, pathname } = new URL(`${endpoint}/v2`);
    client.neonConfig.wsProxy = () => host + pathname;
    client.neonConfig.useSecureWebSocket = false;
    client.neonConfig.pipelineTLS = false;
    client.neonConfig.pipelineConnect = false;
    client.neonConfig.forceDisablePgSSL = true;
  }
  const { promise: lost, reject } = Promise.withResolvers<never>();
  // Whoever races it hears of it. Where nobody does, the connection was not needed any more.
  lost.catch(() => {});
  let isLost = false;
  const lose = (thrown: unknown) => {
    isLost = true;
    const cause = causeOf(thrown);
    reject(new DatabaseUnavailableError(`the connection to the database was lost: ${cause.message}`, cause));
  };
  // Without a listener the driver throws out of the socket's event, which ends a process.
  client.on("error", lose);
  client.on("end", () => lose(new Error("it was closed")));
  // Only closes the socket. The driver's own farewell never gets out, and throws where nobody has answered yet.
  const leave = () => void client.connection.stream.destroy();
  try {
    await withDeadline(connect_ms, () => Promise.race([client.connect(), lost]));
    return {
      client,
      leave,
      isSilent: (error) => isLost || isUnanswered(error),
      within: (ms, work) =>
        withDeadline(ms, (signal) => {
          signal.addEventListener("abort", () => lose(signal.reason));
          return Promise.race([work, lost]);
        }),
    };
  } catch (thrown) {
    leave();
    const cause = causeOf(thrown);
    throw new DatabaseUnavailableError(`no connection to the database: ${cause.message}`, cause);
  }
}
