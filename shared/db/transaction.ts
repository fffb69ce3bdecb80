import { Client } from "@neondatabase/serverless";
import { sql } from "drizzle-orm";
import { drizzle, type NeonDatabase } from "drizzle-orm/neon-serverless";
import * as schema from "./schema/index.ts";

/** Inside a transaction: reads what it wrote, holds what it locked. */
export type Tx = Parameters<Parameters<NeonDatabase<typeof schema>["transaction"]>[0]>[0];

/** Runs `work` in one transaction: all of it is committed, or none where it throws. */
export type Transact = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** How long one transaction may wait for a lock before it counts as failed. */
const LOCK_TIMEOUT_MS = 5000;

/**
 * Transactions over Neon's WebSocket protocol, in read committed. Each opens a connection of its own and closes it:
 * one that is kept across requests hangs on the second. With `endpoint` the socket goes to a local server.
 */
export function createTransact(url: string, endpoint?: string): Transact {
  return async (work) => {
    const client = new Client(url);
    if (endpoint !== undefined) {
      const { host } = new URL(endpoint);
      client.neonConfig.wsProxy = () => `${host}/v2`;
      client.neonConfig.useSecureWebSocket = false;
      client.neonConfig.pipelineTLS = false;
      client.neonConfig.pipelineConnect = false;
      client.neonConfig.forceDisablePgSSL = true;
    }
    await client.connect();
    try {
      return await drizzle({ client, schema }).transaction(async (tx) => {
        await tx.execute(sql.raw(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`));
        return work(tx);
      });
    } finally {
      await client.end();
    }
  };
}
