import { neon, neonConfig } from "@neondatabase/serverless";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import { withDeadline } from "../platform/deadline.ts";
import * as schema from "./schema/index.ts";

export type Db = NeonHttpDatabase<typeof schema>;

/** How long one statement may take before it counts as failed. */
const STATEMENT_TIMEOUT_MS = 15_000;

type EndpointInit = RequestInit & { endpoint?: string };

/**
 * The production driver: each statement, or each `batch`, is one HTTPS request to Neon. With `endpoint` the
 * same requests go to a local server that speaks Neon's protocol in front of another Postgres.
 */
export function createDb(url: string, endpoint?: string): Db {
  // The driver's settings are global, its fetch options are each client's own: so two databases can be open at once.
  neonConfig.fetchFunction = (address: string, { endpoint: local, ...init }: EndpointInit) =>
    withDeadline(STATEMENT_TIMEOUT_MS, async (signal) => {
      const answer = await fetch(local === undefined ? address : `${local}/sql`, { ...init, signal });
      return new Response(await answer.arrayBuffer(), answer);
    });
  return drizzle({ client: neon(url, { fetchOptions: { endpoint } }), schema });
}
