import { asc, eq, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import { applyTransitions } from "../../../shared/alerts/commit/episode.ts";
import { lockAlerts, writeAlerts, writeTransitions } from "../../../shared/alerts/commit/write-alerts.ts";
import type { Transition } from "../../../shared/alerts/engine/types.ts";
import { fieldsOf } from "../../../shared/alerts/rule-row.ts";
import { afterCommit } from "../../../shared/alerts/tell/after-commit.ts";
import { recordTransitions } from "../../../shared/alerts/tell/record-transitions.ts";
import { tellDue } from "../../../shared/alerts/tell/tell-due.ts";
import type { AlertRuleFields, SilenceMatcher } from "../../../shared/contracts/alerts.ts";
import { isoOfTimestamp, TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import {
  alert_group_members,
  alert_rules,
  alerts,
  notifications,
  silences,
} from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { newId } from "../../../shared/platform/ids.ts";
import type { Backend } from "../each-backend.ts";
import { insertUser } from "../webhooks.ts";
import { engineCtx } from "./engine.ts";
import { insertRule } from "./rules.ts";

const T0 = Date.parse("2026-01-01T00:00:00.000Z");
const Data = z.object({ alerts: z.array(z.object({ id: z.string() })), count: z.number() });

type Partials = Partial<Record<keyof AlertRuleFields, unknown>>;

/** A user whose alerts fire and resolve as the test says, and whose engine tells of them. Times in seconds since T0. */
export async function tellingWorld(backend: Backend) {
  const clock = { now: new Date(T0).toISOString() };
  const user_id = await insertUser(backend.db);
  const { ctx, told } = engineCtx(backend, clock);
  const names = new Map<string, string>();
  const seconds = () => (ctx.now() - T0) / 1000;
  const iso = (at: number) => new Date(T0 + at * 1000).toISOString();
  const set = (at: number) => {
    clock.now = iso(at);
  };

  /** Carries one transition into alerts, as an evaluation does: all in one transaction. */
  async function change(tx: Tx, ids: readonly string[], to: "acknowledged" | "resolved") {
    const standing = [...(await lockAlerts(tx, ids)).values()];
    const wanted = [...new Set(standing.map(({ row }) => row.rule_id))];
    const rules = await tx.select().from(alert_rules).where(inArray(alert_rules.id, wanted));
    const episodes = standing.map(({ row, transitions }) => {
      const rule = rules.find(({ id }) => id === row.rule_id);
      if (rule === undefined) throw new Error("the rule is gone");
      const transition: Transition = {
        ...{ from: row.state, to, at: ctx.now(), value: "41" },
        reason: to === "resolved" ? "condition_cleared" : "acknowledged",
      };
      const about = { ...row, rule: { ...rule, fields: fieldsOf(rule) }, state: row };
      const words = { now: ctx.now(), message: () => "" };
      return applyTransitions(about, { row, transitions }, [transition], words);
    });
    return write(tx, episodes);
  }

  async function write(tx: Tx, episodes: ReturnType<typeof applyTransitions>[]) {
    const items = episodes.flatMap(({ items }) => items);
    await writeAlerts(
      tx,
      episodes.flatMap(({ rows }) => rows),
    );
    await writeTransitions(tx, items, ctx.now());
    return recordTransitions(tx, ctx, items);
  }

  /** Alerts of a rule fire, one for each name, also straight on to another state. */
  async function fire(rule_id: string, fired: readonly string[], { until }: { until?: "resolved" } = {}) {
    const [rule] = await backend.db.select().from(alert_rules).where(eq(alert_rules.id, rule_id));
    if (rule === undefined) throw new Error("there is no such rule");
    const common = { at: ctx.now(), value: "39" };
    const transitions: Transition[] = [
      { ...common, from: null, to: "active", reason: "condition_met" },
      ...(until === undefined
        ? []
        : [{ ...common, from: "active" as const, to: until, reason: "condition_cleared" as const }]),
    ];
    const episodes = fired.map((name) => {
      const labels = { collection: name };
      const fingerprint = `${name}:${newId("alr", ctx.now())}`;
      const state = { health: "ok" as const, flapping: false };
      const about = { rule: { ...rule, fields: fieldsOf(rule) }, fingerprint, labels, state };
      return applyTransitions(about, null, transitions, {
        now: ctx.now(),
        message: () => `The floor of ${name} is 39.`,
      });
    });
    afterCommit(ctx, await ctx.transact((tx) => write(tx, episodes)));
    const ids = episodes.map(({ items }) => items[0]?.alert.id ?? "");
    ids.forEach((id, place) => void names.set(id, fired[place] ?? ""));
    return ids;
  }

  /** Looks as the engine's object does: whenever something is due, up to an instant. */
  async function run(to = seconds()) {
    for (let looks = 0; looks < 60; looks += 1) {
      const next = await tellDue(ctx, user_id);
      if (next === null || (next - T0) / 1000 > to) {
        set(Math.max(to, seconds()));
        return next === null ? null : (next - T0) / 1000;
      }
      if (next > ctx.now()) set((next - T0) / 1000);
    }
    throw new Error("telling never comes to rest");
  }

  return {
    ...{ user_id, ctx, told, set, run, iso, seconds, change },
    rule: (fields: Partials = {}) =>
      insertRule(backend.db, { user_id, at: iso(-60), labels: {}, metric: "market.floor", ...fields }),
    fire: async (rule_id: string, ...fired: string[]) => fire(rule_id, fired),
    flash: async (rule_id: string, ...fired: string[]) => fire(rule_id, fired, { until: "resolved" }),
    acknowledge: async (...ids: string[]) =>
      afterCommit(ctx, await ctx.transact((tx) => change(tx, ids, "acknowledged"))),
    resolve: async (...ids: string[]) =>
      afterCommit(ctx, await ctx.transact((tx) => change(tx, ids, "resolved"))),
    /** Holds back what has this value of the label `collection`; `*` is any text. */
    async silence(value: string, from: number, to: number) {
      const id = newId("sil", ctx.now());
      const matchers: SilenceMatcher[] = [{ label: "collection", operator: "~", value }];
      const [starts_at, ends_at, created_at] = [iso(from), iso(to), iso(seconds())];
      await backend.db
        .insert(silences)
        .values({ ...{ id, user_id, matchers, starts_at, ends_at, created_at }, created_by: user_id });
      return id;
    },
    endSilence: (id: string, at: number) =>
      backend.db
        .update(silences)
        .set({ ends_at: iso(at) })
        .where(eq(silences.id, id)),
    suspend: (status: "suspended" | "active") =>
      backend.db.execute(sql`update users set status = ${status} where id = ${user_id}`),
    /** What the user was told, in order: `30 alert.fired: a, b`, by the names of the alerts, sorted. */
    async log() {
      const rows = await backend.db
        .select()
        .from(notifications)
        .where(eq(notifications.user_id, user_id))
        .orderBy(asc(notifications.created_at), asc(notifications.id));
      return rows.map(({ created_at, kind, data }) => {
        const at = (Date.parse(isoOfTimestamp(created_at)) - T0) / 1000;
        return `${at} ${kind}: ${Data.parse(data)
          .alerts.map(({ id }) => names.get(id))
          .sort()
          .join(", ")}`;
      });
    },
    notifications: () =>
      backend.db
        .select()
        .from(notifications)
        .where(eq(notifications.user_id, user_id))
        .orderBy(asc(notifications.created_at), asc(notifications.id)),
    /** What webhooks were offered, in order: `alert.fired a`. */
    async messages() {
      const rows = await readRows(
        backend.db,
        sql`select type, data->>'id' as id, created_at::text as created_at from messages
          where type like 'alert.%' order by created_at, type, id`,
        z.object({ type: z.string(), id: z.string(), created_at: TimeColumn }),
      );
      return rows.map(({ type, id, created_at }) => {
        const at = (Date.parse(created_at) - T0) / 1000;
        return `${at} ${type}: ${names.get(id)}`;
      });
    },
    /** When messages that alerts fired are worthless, in order. */
    async expiries() {
      const rows = await readRows(
        backend.db,
        sql`select expires_at::text as expires_at from messages where type = 'alert.fired' order by expires_at`,
        z.object({ expires_at: TimeColumn }),
      );
      return rows.map(({ expires_at }) => (Date.parse(expires_at) - T0) / 1000);
    },
    alerts: () => backend.db.select().from(alerts).where(eq(alerts.user_id, user_id)).orderBy(asc(alerts.id)),
    members: () => backend.db.select().from(alert_group_members),
  };
}
