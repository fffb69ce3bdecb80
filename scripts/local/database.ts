import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type DatabaseCall, DatabaseReply, type DatabaseSource } from "./database-messages.ts";
import { isNeon, migratePostgres } from "./migrate-postgres.ts";
import { StartupError } from "./startup-error.ts";

export interface LocalDatabase {
  /** The address that the worker is given. */
  url: string;
  /** Where a local server speaks Neon's protocol for it; undefined for a database at Neon. */
  endpoint: string | undefined;
  /** Hangs up on everybody and refuses whoever comes, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** PGlite asks for no password, but the driver takes no address without one. */
const PGLITE_URL = "postgres://local:local@127.0.0.1:5432/postgres";

async function openNeon(url: string, migrations: string): Promise<LocalDatabase> {
  await migratePostgres(url, migrations);
  const refuse = () => Promise.reject(new Error("a database at Neon cannot be paused from here"));
  return { url, endpoint: undefined, pause: refuse, resume: refuse, stop: async () => {} };
}

/** The address of the endpoint, once the thread has the database open. */
async function untilReady(thread: Worker): Promise<string> {
  for (;;) {
    // Rejects where the thread dies.
    const [message] = await once(thread, "message");
    const reply = DatabaseReply.parse(message);
    if (reply.type === "ready") return reply.endpoint;
    if (reply.type === "failed")
      throw reply.expected ? new StartupError(reply.message) : new Error(reply.message);
    // A panic while it opens fails it with the same words.
    if (reply.type !== "panic") throw new Error("the database's thread is out of step");
  }
}

/**
 * Opens the database, migrated, behind an endpoint that speaks Neon's protocol. `onFailure` hears of a
 * database that dies later.
 * @throws StartupError when it cannot be opened, reached or migrated.
 */
export async function openDatabase(
  source: DatabaseSource,
  onFailure: (error: Error) => void,
): Promise<LocalDatabase> {
  if (source.url !== undefined && isNeon(source.url)) return openNeon(source.url, source.migrations);
  const thread = new Worker(new URL("./database-thread.ts", import.meta.url), {
    workerData: source,
    execArgv: [],
  });
  const endpoint = await untilReady(thread).catch(async (error) => {
    await thread.terminate();
    throw error;
  });

  let alive = true;
  thread.once("exit", () => {
    alive = false;
  });
  let calls = 0;
  const call = async (name: DatabaseCall["name"]) => {
    if (!alive) throw new Error("the database has died");
    const id = ++calls;
    thread.postMessage({ id, name } satisfies DatabaseCall);
    for (;;) {
      const [message] = await once(thread, "message");
      const reply = DatabaseReply.parse(message);
      if (reply.type === "done" && reply.id === id) return;
    }
  };
  thread.on("error", onFailure);
  thread.on("message", (message) => {
    const reply = DatabaseReply.parse(message);
    if (reply.type === "panic") onFailure(new Error(reply.reason));
  });
  return {
    url: source.url ?? PGLITE_URL,
    endpoint,
    pause: () => call("pause"),
    resume: () => call("resume"),
    stop: async () => {
      if (!alive) return;
      const ended = once(thread, "exit");
      await call("stop");
      await ended;
    },
  };
}
