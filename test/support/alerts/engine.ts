import { sql } from "drizzle-orm";
import { z } from "zod";
import type { EngineCtx } from "../../../shared/alerts/engine-ctx.ts";
import { runEngine } from "../../../shared/alerts/run-engine.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { createLog } from "../../../shared/platform/log.ts";
import { testCtx } from "../ctx.ts";
import type { Backend } from "../each-backend.ts";

/** What engines told, beside what they wrote. */
export interface Told {
  events: { user_id: string; kind: string; data: unknown }[];
  woken: string[];
  webhooks: string[];
  jobs: unknown[];
}

/** A context of an engine over a test's database, at an instant that the test moves. */
export function engineCtx(backend: Backend, clock: { now: string }): { ctx: EngineCtx; told: Told } {
  const told: Told = { events: [], woken: [], webhooks: [], jobs: [] };
  const ctx = testCtx({
    db: backend.db,
    transact: backend.transact,
    now: () => Date.parse(clock.now),
    log: createLog("error", {}, undefined, () => {}),
    actor: { type: "system", job: "alerts" },
    rooms: {
      ...testCtx().rooms,
      user: (user_id) => ({
        publish: async (events) => {
          told.events.push(...events.map(({ kind, data }) => ({ user_id, kind, data })));
          return { epoch: "ep", head: 1 };
        },
        status: async () => ({ epoch: null, head: 0, oldest: 0, devices: [] }),
        closeSockets: async () => {},
        fetch: async () => new Response(null),
      }),
    },
    queue: { send: async (job) => told.jobs.push(job) },
    deliveries: {
      send: async ({ job }) => {
        if (job.type === "deliver_webhooks") told.webhooks.push(...job.webhooks);
      },
    },
    alertEngine: (name) => ({
      wake: async () => {
        told.woken.push(name);
      },
    }),
    later: () => {},
  });
  return { ctx, told };
}

/** Runs an engine as its object does, until nothing is due any more. */
export async function runUntilQuiet(ctx: EngineCtx, name: string): Promise<number | null> {
  for (let runs = 0; runs < 50; runs++) {
    const { next } = await runEngine(ctx, name);
    if (next === null || next > ctx.now()) return next;
  }
  throw new Error(`${name} never comes to rest`);
}

const AlertRow = z.object({
  id: z.string(),
  rule_id: z.string(),
  labels: z.record(z.string(), z.string()),
  state: z.string(),
  health: z.string(),
  value: z.string().nullable(),
  message: z.string(),
  started_at: TimeColumn,
  fired_at: TimeColumn.nullable(),
  resolved_at: TimeColumn.nullable(),
  resolved_reason: z.string().nullable(),
  revision: z.number(),
  transitions: z.array(z.string()),
});

/** Every alert, oldest first, with its transitions as `from>to:reason`. */
export async function readAlerts(db: Backend["db"]) {
  return readRows(
    db,
    sql`select a.id, a.rule_id, a.labels, a.state, a.health, a.value, a.message, a.started_at, a.fired_at, a.resolved_at, a.resolved_reason,
        a.revision, array(select coalesce(t.from_state, '') || '>' || t.to_state || ':' || t.reason
          from alert_transitions t where t.alert_id = a.id order by t.number) as transitions
      from alerts a order by a.started_at, a.rule_id, a.id`,
    AlertRow,
  );
}
