import { parentPort, workerData } from "node:worker_threads";
import { DatabaseCall, type DatabaseReply, DatabaseSource } from "./database-messages.ts";
import { migratePostgres } from "./migrate-postgres.ts";
import type { Backend } from "./neon-endpoint/backend.ts";
import { openPgliteBackend } from "./neon-endpoint/pglite-backend.ts";
import { confine } from "./neon-endpoint/pglite-role.ts";
import { openPostgresBackend } from "./neon-endpoint/postgres-backend.ts";
import { startNeonEndpoint } from "./neon-endpoint/server.ts";
import { openFolderDatabase, openMemoryDatabase } from "./pglite-database.ts";
import { findPort } from "./ports.ts";
import { messageOf, StartupError } from "./startup-error.ts";

const reply = (message: DatabaseReply) => parentPort?.postMessage(message);

async function openBackend({ folder, url, migrations, grants }: DatabaseSource): Promise<Backend> {
  if (url !== undefined) {
    await migratePostgres(url, migrations);
    return openPostgresBackend(url);
  }
  const onPanic = (reason: string) => reply({ type: "panic", reason });
  const db = await (folder === undefined
    ? openMemoryDatabase(migrations)
    : openFolderDatabase(folder, migrations, onPanic));
  await confine(db, grants);
  return openPgliteBackend(db);
}

/** Runs the database and its endpoint, away from the thread that talks to people and to the worker. */
async function run(): Promise<void> {
  try {
    const backend = await openBackend(DatabaseSource.parse(workerData));
    const endpoint = await startNeonEndpoint(backend, await findPort());
    const calls = { pause: endpoint.pause, resume: endpoint.resume, stop: endpoint.close };
    parentPort?.on("message", async (message) => {
      const { id, name } = DatabaseCall.parse(message);
      await calls[name]();
      reply({ type: "done", id });
      if (name === "stop") parentPort?.close();
    });
    reply({ type: "ready", endpoint: endpoint.url });
  } catch (error) {
    reply({ type: "failed", message: messageOf(error), expected: error instanceof StartupError });
  }
}

await run();
