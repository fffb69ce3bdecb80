import { neon, neonConfig } from "@neondatabase/serverless";
import { drizzle, type NeonHttpDatabase } from "drizzle-orm/neon-http";
import { isTimeout, withDeadline } from "../platform/deadline.ts";
import { type DatabaseHealth, healthOf } from "./health.ts";
import { type Patience, patience } from "./patience.ts";
import * as schema from "./schema/index.ts";
import { DatabaseUnavailableError } from "./unavailable.ts";

export type Db = NeonHttpDatabase<typeof schema>;

type EndpointInit = RequestInit & { endpoint?: string; limits: Patience; health: DatabaseHealth };

/** A status by which something between here and Postgres says that it cannot ask; 507 is an answer that is too large. */
const cannotAsk = (status: number) => status >= 500 && status !== 507;

/** One request to Neon's endpoint, for no longer than `limits` allow. */
async function ask(address: string, { endpoint, limits, health, ...init }: EndpointInit): Promise<Response> {
  const ms = Math.min(limits.statement_ms, limits.left());
  if (ms <= 0) throw new DatabaseUnavailableError("the time for the database is over");
  health.admit();
  try {
    const answer = await withDeadline(ms, async (signal) => {
      const response = await fetch(endpoint === undefined ? address : `${endpoint}/sql`, { ...init, signal });
      return new Response(await response.arrayBuffer(), response);
    });
    if (cannotAsk(answer.status)) health.unanswered();
    else health.answered();
    return answer;
  } catch (error) {
    // One that was cut short by what its request took before says nothing of the database.
    if (ms === limits.statement_ms || !isTimeout(error)) health.unanswered();
    throw error;
  }
}

/**
 * The production driver: each statement, or each `batch`, is one HTTPS request to Neon. With `endpoint` the
 * same requests go to a local server that speaks Neon's protocol in front of another Postgres.
 */
export function createDb(url: string, endpoint?: string, limits: Patience = patience()): Db {
  // The driver's settings are global, its fetch options are each client's own: so two databases can be open at once.
  neonConfig.fetchFunction = ask;
  const fetchOptions = { endpoint, limits, health: healthOf(url, endpoint) };
  return drizzle({ client: neon(url, { fetchOptions }), schema });
}
