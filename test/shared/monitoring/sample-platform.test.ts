import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { HealthLog } from "../../../durable-objects/board/health-log.ts";
import { BOARD_STORAGE } from "../../../durable-objects/board/storage.ts";
import { readBehind } from "../../../shared/alerts/read-behind.ts";
import { createUser } from "../../../shared/auth/create-user.ts";
import type { RequestMark, SeenHealth } from "../../../shared/contracts/room.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import {
  alert_rules,
  alert_states,
  deliveries,
  mails,
  messages,
  notifications,
  users,
  webhooks,
} from "../../../shared/db/schema/index.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { readBacklog } from "../../../shared/monitoring/read-backlog.ts";
import { samplePlatform } from "../../../shared/monitoring/sample-platform.ts";
import { storePlatformReadings } from "../../../shared/monitoring/store-platform-readings.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { engineCtx, readAlerts, runUntilQuiet } from "../../support/alerts/engine.ts";
import { insertRule } from "../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFlushEvent } from "../../support/flush.ts";
import { storageOf } from "../../support/sqlite.ts";
import { NOW } from "./findings.ts";

const MINUTE = 60_000;
const Sample = z.object({ name: z.string(), at: TimeColumn, value: z.string() });

const samplesOf = ({ db }: Pick<Backend, "db">, name = "%") =>
  readRows(
    db,
    sql`select s.name, m.at, m.value::text as value from metric_samples m join metric_series s on s.id = m.series_id
      where s.name like ${name} order by s.name, m.at`,
    Sample,
  );

/** The platform's tick over a real database, with a board that counts as the test says. */
function aPlatform(backend: Backend) {
  const clock = { now: isoTime(NOW) };
  const { ctx: base, told } = engineCtx(backend, clock);
  const marks: RequestMark[] = [];
  const health = new HealthLog(storageOf(BOARD_STORAGE), () => Date.parse(clock.now));
  const buckets = (count: number) => [0, 0, 0, count, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const requests = { count: 0, errors: 0 };
  const ctx = {
    ...base,
    mail: null,
    rooms: {
      ...base.rooms,
      board: {
        ...base.rooms.board,
        list: async () => [],
        noteHealth: async (seen: readonly SeenHealth[]) => health.note(seen),
        markRequests: async (move: boolean) => {
          const { count, errors } = requests;
          const now = { at: Date.parse(clock.now), requests: count, errors, buckets: buckets(count) };
          const before = marks.at(-1) ?? null;
          if (move) marks.push(now);
          return { before, now };
        },
      },
    },
  };
  const tick = async (minute: number) => {
    clock.now = isoTime(NOW + minute * MINUTE);
    await samplePlatform(ctx);
  };
  return { base, clock, told, requests, tick };
}

async function aUser(
  { transact }: Pick<Backend, "transact">,
  ctx: Parameters<typeof createUser>[1],
  role: "manager" | "super_admin" = "manager",
) {
  const given = { name: null, plan: "free", status: "active", password_hash: null } as const;
  const who = { email: "ops@example.org", role, email_verified: true } as const;
  return (await transact((tx) => createUser(tx, ctx, { ...given, ...who }))).id;
}

describeOnEachBackend("a tick", (backend) => {
  it("tells operators of a part that has not been well for two minutes, once for as long as it lasts", async () => {
    const { tick, requests, base } = aPlatform(backend);
    const user_id = await aUser(backend, base);
    await backend.db.update(users).set({ email: "b@x", email_key: "b@x" }).where(eq(users.id, user_id));
    const trader = { role: "trader" as const };
    await backend.db
      .update(users)
      .set(trader)
      .where(eq(users.id, await aUser(backend, base)));
    const kept = () => backend.db.select().from(notifications).orderBy(notifications.created_at);
    const minute = async (at: number, errors: number) => {
      requests.count += 100;
      requests.errors += errors;
      await tick(at);
    };
    for (const at of [0, 1, 2]) await minute(at, at === 0 ? 0 : 20);
    expect(await kept()).toEqual([]);
    for (const at of [3, 4, 5]) await minute(at, 20);
    const what = { user_id, kind: "monitoring.alarm", level: "warning", title: "api is degraded" };
    expect(await kept()).toMatchObject([what]);
    await minute(6, 0);
    for (const at of [7, 8, 9, 10]) await minute(at, 20);
    expect(await kept()).toMatchObject([what, what]);
  });

  it("keeps readings of the platform, and has its rules evaluated", async () => {
    const { tick, requests, told } = aPlatform(backend);
    await tick(0);
    requests.count = 600;
    requests.errors = 3;
    await tick(1);
    expect(await samplesOf(backend, "platform.requests_per_second")).toEqual([
      { name: "platform.requests_per_second", at: isoTime(NOW + MINUTE), value: "10" },
    ]);
    expect(await samplesOf(backend, "platform.error_rate")).toMatchObject([{ value: "0.5" }]);
    expect(await samplesOf(backend, "platform.connections")).toMatchObject([{ value: "0" }, { value: "0" }]);
    expect(told.woken).toEqual(["platform", "platform"]);
  });

  it("raises an alert by a rule on the platform, and ends it when it is over", async () => {
    const { tick, requests, base } = aPlatform(backend);
    const user_id = await aUser(backend, base);
    const rule = { metric: "platform.error_rate", labels: {}, operator: ">", threshold: "5" };
    await insertRule(backend.db, { user_id, at: isoTime(NOW - MINUTE), ...rule });
    const minute = async (at: number, count: number, errors: number) => {
      requests.count += count;
      requests.errors += errors;
      await tick(at);
      await runUntilQuiet(base, "platform");
    };
    await minute(0, 0, 0);
    await minute(1, 100, 1);
    expect(await readAlerts(backend.db)).toEqual([]);
    await minute(2, 100, 20);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active", value: "20" }]);
    await minute(3, 100, 0);
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "resolved" }]);
  });

  it("is missed by a rule that waits for it", async () => {
    const { tick, clock, base } = aPlatform(backend);
    const user_id = await aUser(backend, base);
    const rule = { metric: "platform.connections", labels: {}, condition: "absence", for: "5m" };
    const nothing = { operator: null, threshold: null };
    await insertRule(backend.db, { user_id, at: isoTime(NOW - MINUTE), ...rule, ...nothing });
    for (const minute of [0, 1]) await tick(minute);
    const due = await runUntilQuiet(base, "platform");
    expect(await readAlerts(backend.db)).toEqual([]);
    // The engine sets its own alarm, so it needs no tick to notice.
    expect(due).toBeGreaterThanOrEqual(NOW + 6 * MINUTE);
    clock.now = isoTime(due ?? 0);
    await runUntilQuiet(base, "platform");
    expect(await readAlerts(backend.db)).toMatchObject([{ state: "active" }]);
  });

  it("stores each reading once, however many ticks there are at once", async () => {
    const readings = [
      { name: "platform.connections", value: "3" },
      { name: "platform.error_rate", value: "0.25" },
    ];
    const at = NOW + 7;
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        storePlatformReadings(backend.db, i % 2 === 0 ? readings : [...readings].reverse(), at + (i % 4)),
      ),
    );
    expect(await samplesOf(backend)).toHaveLength(8);
    const series = await readRows(
      backend.db,
      sql`select name, user_id, subject, last_raw::text as value, last_at from metric_series order by name`,
      z.object({ name: z.string(), user_id: z.null(), subject: z.literal(""), last_at: TimeColumn }),
    );
    expect(series).toMatchObject([
      { name: "platform.connections", last_at: isoTime(at + 3) },
      { name: "platform.error_rate", last_at: isoTime(at + 3) },
    ]);
    // One that comes late is history, and not the newest.
    await storePlatformReadings(backend.db, readings, NOW - MINUTE);
    expect(await samplesOf(backend, "platform.connections")).toHaveLength(5);
  });
});

describeOnEachBackend("what waits in the database", (backend) => {
  it("is nothing at first", async () => {
    expect(await readBacklog(backend.db, NOW)).toEqual({
      ...{
        webhooks_pending: 0,
        webhooks_overdue: 0,
        mails_overdue: 0,
        mails_refused: 0,
        alerts_due_at: null,
        alerts_behind_at: null,
        alerts_engines_behind: 0,
      },
      alerts: { info: 0, warning: 0, error: 0, critical: 0 },
    });
  });

  it("tells how far an engine is behind that left a collection's events lying", async () => {
    const { base, clock } = aPlatform(backend);
    const user_id = await aUser(backend, base);
    const sale = async (seq: number, minutes: number) => {
      const at = isoTime(NOW + minutes * MINUTE);
      const event = await aFlushEvent(seq, { occurred_at: at });
      await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
    };
    await sale(1, -10);
    await insertRule(backend.db, { user_id, at: isoTime(NOW - 9 * MINUTE) });
    await runUntilQuiet(base, "collection:punks");
    await sale(2, -3);
    await sale(3, -1);
    const behind = { alerts_behind_at: NOW - 3 * MINUTE, alerts_engines_behind: 1 };
    expect(await readBacklog(backend.db, NOW)).toMatchObject(behind);
    expect(await readBehind(backend.db, NOW)).toEqual(behind);
    clock.now = isoTime(NOW);
    await runUntilQuiet(base, "collection:punks");
    expect(await readBehind(backend.db, NOW)).toEqual({ alerts_behind_at: null, alerts_engines_behind: 0 });
  });

  it("raises an alert of a super admin's own while an engine is behind", async () => {
    const { base, tick, clock } = aPlatform(backend);
    const ops = await aUser(backend, base, "super_admin");
    await tick(0);
    await storePlatformReadings(
      backend.db,
      [{ name: "platform.alert_lag_ms", value: "90000" }],
      NOW + MINUTE,
    );
    await storePlatformReadings(
      backend.db,
      [{ name: "platform.alert_lag_ms", value: "150000" }],
      NOW + 2 * MINUTE,
    );
    clock.now = isoTime(NOW + 2 * MINUTE);
    await runUntilQuiet(base, "platform");
    expect(await readAlerts(backend.db)).toMatchObject([
      { state: "active", message: expect.stringContaining("has not been looked at") },
    ]);
    // Who deletes the rule does not want it.
    await backend.db.delete(alert_rules).where(eq(alert_rules.user_id, ops));
    await tick(3);
    expect(await backend.db.select().from(alert_rules)).toEqual([]);
  });

  it("counts as late only what others are to blame for", async () => {
    const { base } = aPlatform(backend);
    const user_id = await aUser(backend, base);
    const before = (ms: number) => isoTime(NOW - ms);
    const at = before(60 * MINUTE);
    const mail = (id: string, given: Partial<typeof mails.$inferInsert>) =>
      backend.db.insert(mails).values({ id, kind: "k", next_attempt_at: at, created_at: at, ...given });
    await mail("mal_1", {});
    await mail("mal_2", { next_attempt_at: before(MINUTE) });
    await mail("mal_3", { next_attempt_at: isoTime(NOW + MINUTE), attempts: 3 });
    await mail("mal_4", { sent_at: at });
    await mail("mal_5", { failed_at: at, attempts: 9 });

    const endpoint = (id: string, given: Partial<typeof webhooks.$inferInsert> = {}) =>
      backend.db.insert(webhooks).values({
        ...{ id, user_id, url: "https://hooks.example.com/", event_types: [], secret: "s", status: "active" },
        ...{ created_at: at, updated_at: at, ...given },
      });
    await endpoint("whk_well");
    await endpoint("whk_fails", { last_success_at: before(30 * MINUTE), last_failure_at: before(MINUTE) });
    await backend.db.insert(messages).values(
      ["1", "2", "3", "4"].map((n) => ({
        ...{ id: `msg_${n}`, type: "market.sale", data: {}, occurred_at: at, created_at: at },
      })),
    );
    const delivery = (n: number, webhook_id: string, given: Partial<typeof deliveries.$inferInsert> = {}) =>
      backend.db.insert(deliveries).values({
        ...{ id: `dlv_${n}`, webhook_id, message_id: `msg_${n}`, cause: "event", status: "pending" },
        ...{ next_attempt_at: at, created_at: at, ...given },
      });
    await delivery(1, "whk_well");
    await delivery(2, "whk_well", { leased_until: isoTime(NOW + MINUTE) });
    await delivery(3, "whk_fails");
    await delivery(4, "whk_well", { status: "delivered" });

    // Of a rule that is evaluated, of one that is turned off, and due only now.
    const [on, off] = [
      await insertRule(backend.db, { user_id, at }),
      await insertRule(backend.db, { user_id, at }),
    ];
    await backend.db.update(alert_rules).set({ enabled: false }).where(eq(alert_rules.id, off));
    for (const [rule_id, fingerprint, due] of [
      [on, "late", 3],
      [off, "off", 9],
      [on, "now", 1],
    ] as const)
      await backend.db.insert(alert_states).values({
        ...{ rule_id, fingerprint, labels: {}, state: {}, engine: "collection:punks", updated_at: at },
        due_at: before(due * MINUTE),
      });

    expect(await readBacklog(backend.db, NOW)).toMatchObject({
      alerts_due_at: NOW - 3 * MINUTE,
      ...{ webhooks_pending: 3, webhooks_overdue: 1, mails_overdue: 1, mails_refused: 1 },
    });
  });
});
