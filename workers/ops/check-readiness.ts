import { readBehind } from "../../shared/alerts/read-behind.ts";
import { testPasswordHashing } from "../../shared/auth/password/test-password-hashing.ts";
import { alertLag } from "../../shared/monitoring/judge-components.ts";
import { readQueue } from "../../shared/monitoring/probe.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";
import { missingTopics } from "../../shared/providers/missing-topics.ts";
import { enabledProviders } from "../../shared/providers/registry.ts";
import { whyNotUsable } from "./check-database.ts";
import type {
  AlertReadiness,
  Check,
  CheckStatus,
  ProviderReadiness,
  QueueReadiness,
  Readiness,
} from "./readiness.ts";

const TIMEOUT_MS = 2000;
/** Of those that do not arrive, so many are named. */
const MOST_TOPICS = 50;
/** A retry waits 15 minutes at most, so that after twice as long nobody takes jobs any more. */
const STUCK_MS = 30 * 60_000;

type Deps = Pick<Ctx, "db" | "queue" | "now" | "log" | "config"> & {
  rooms: { board: Pick<Ctx["rooms"]["board"], "list"> };
  providers: {
    gate(provider: string): Pick<ReturnType<Ctx["providers"]["gate"]>, "status">;
    feed?(provider: string): Pick<ReturnType<Ctx["providers"]["feed"]>, "status">;
  };
};

/**
 * Asks the database, the objects, the queue and each provider's gate, and tries password hashing once, all of them
 * at the same time and each for at most two seconds. Queue, providers and alerts are not needed to serve. What the
 * database said stands in the log only.
 */
export async function checkReadiness(ctx: Deps): Promise<Readiness> {
  const [database, rooms, passwords, queue, providers, alerts] = await Promise.all([
    timed(ctx, "database", () => checkDatabase(ctx)),
    timed(ctx, "rooms", () => needed(ctx, "rooms", () => ctx.rooms.board.list())),
    timed(ctx, "passwords", () => needed(ctx, "passwords", () => testPasswordHashing(ctx.config))),
    timed(ctx, "queue", () => checkQueue(ctx)),
    timed(ctx, "providers", () => checkProviders(ctx)),
    timed(ctx, "alerts", () => checkAlerts(ctx)),
  ]);
  const ready = [database, rooms, passwords].every(({ check }) => check.status === "ok");
  return {
    status: ready ? "ready" : "unavailable",
    version: ctx.config.VERSION,
    checks: [database.check, rooms.check, passwords.check, queue.check, providers.check, alerts.check],
    queue: queue.found,
    providers: providers.found,
    alerts: alerts.found,
  };
}

async function timed<Found>(
  { now }: Pick<Deps, "now">,
  name: Check["name"],
  look: () => Promise<{ status: CheckStatus; reason?: string; found: Found }>,
): Promise<{ check: Check; found: Found }> {
  const start = now();
  const { found, ...verdict } = await look();
  return { check: { name, latency_ms: now() - start, ...verdict }, found };
}

/** What `ask` says within the time; `null`, and a line in the log, where it says nothing. */
async function ask<T>(
  { log }: Pick<Deps, "log">,
  what: string,
  question: () => Promise<T>,
): Promise<T | null> {
  try {
    return await withDeadline(TIMEOUT_MS, question);
  } catch (error) {
    log.warn("not ready", { check: what, error: describeError(error) });
    return null;
  }
}

async function needed(ctx: Deps, what: string, question: () => Promise<unknown>) {
  const answered = await ask(ctx, what, async () => {
    await question();
    return true;
  });
  return { status: answered === null ? ("failed" as const) : ("ok" as const), found: null };
}

/** Whether the database answers, and lets itself be written to and read as the code does. */
async function checkDatabase(ctx: Deps): Promise<{ status: CheckStatus; reason?: string; found: null }> {
  const answer = await ask(ctx, "database", async () => ({ why: await whyNotUsable(ctx.db) }));
  if (answer === null) return { status: "failed", reason: "The database does not answer.", found: null };
  if (answer.why === null) return { status: "ok", found: null };
  ctx.log.warn("not ready", { check: "database", error: answer.why });
  return { status: "failed", reason: answer.why, found: null };
}

/** Looks at how many jobs wait, and puts none there to see. */
async function checkQueue(ctx: Deps): Promise<{ status: CheckStatus; found: QueueReadiness }> {
  const gauge = await ask(ctx, "queue", () => readQueue(ctx));
  if (gauge === null) return { status: "unknown", found: { backlog: null, oldest_at: null } };
  const { backlog, oldest_at } = gauge;
  return {
    status: oldest_at !== null && ctx.now() - oldest_at > STUCK_MS ? "degraded" : "ok",
    found: { backlog, oldest_at: oldest_at === null ? null : isoTime(oldest_at) },
  };
}

/** Whether the engines of alerts keep up with what is stored. */
async function checkAlerts(ctx: Deps): Promise<{ status: CheckStatus; found: AlertReadiness }> {
  const behind = await ask(ctx, "alerts", () => readBehind(ctx.db, ctx.now()));
  if (behind === null) return { status: "unknown", found: { lag_ms: null, engines_behind: null } };
  const { alerts_engines_behind: engines_behind } = behind;
  return {
    status: engines_behind > 0 ? "degraded" : "ok",
    found: { lag_ms: Math.round(alertLag(behind, ctx.now())), engines_behind },
  };
}

async function checkProviders(ctx: Deps): Promise<{ status: CheckStatus; found: ProviderReadiness[] }> {
  const found = await Promise.all(
    enabledProviders(ctx.config).map(async ({ name, fed }): Promise<ProviderReadiness> => {
      const [gate, feed] = await Promise.all([
        ask(ctx, `provider ${name}`, () => ctx.providers.gate(name).status()),
        fed
          ? ask(ctx, `feed of ${name}`, async () => (await ctx.providers.feed?.(name).status()) ?? null)
          : null,
      ]);
      const missing = missingTopics(feed, ctx.now());
      const stream = feed !== null && {
        stream: {
          ...{ state: feed.state, joined: feed.joined.length },
          not_joined: (feed.not_joined ?? []).slice(0, MOST_TOPICS),
          error: missing === null ? null : feed.last_error,
        },
      };
      if (gate === null)
        return {
          name,
          status: missing === null ? "unknown" : "degraded",
          circuit: null,
          waits_until: null,
          ...stream,
        };
      const { circuit, refuses_until } = gate;
      return {
        name,
        status: circuit === "closed" && missing === null ? "ok" : "degraded",
        ...stream,
        circuit,
        waits_until: refuses_until === null ? null : isoTime(refuses_until),
      };
    }),
  );
  const worst = (["degraded", "unknown"] as const).find((status) =>
    found.some((provider) => provider.status === status),
  );
  return { status: worst ?? "ok", found };
}
