import { asc, eq, like } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { metric_samples, metric_series } from "../../../shared/db/schema/index.ts";
import { pushSamples } from "../../../shared/metrics/push-samples.ts";
import { sweepMetrics } from "../../../shared/metrics/sweep-metrics.ts";
import { testCtx } from "../../support/ctx.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { createPerson } from "../../support/people.ts";

const DAY_MS = 86_400_000;

describeOnEachBackend("forgetting readings", (backend) => {
  const clock = { now: 0 };
  const context = () =>
    testCtx({ db: backend.db, transact: backend.transact, now: () => clock.now, later: () => {} });
  beforeEach(() => {
    clock.now = Date.parse("2026-01-10T00:00:00Z");
  });

  const host = (name: string, days_ago: number) => ({
    name: "host.cpu_percent",
    labels: { host: name },
    value: 1,
    at: new Date(clock.now - days_ago * DAY_MS).toISOString(),
  });
  const samples = async () => (await backend.db.select().from(metric_samples)).length;
  const hosts = async () =>
    (
      await backend.db
        .select({ subject: metric_series.subject })
        .from(metric_series)
        .where(like(metric_series.name, "host.%"))
        .orderBy(asc(metric_series.subject))
    ).map(({ subject }) => subject);

  test("what is older than METRICS_KEEP_DAYS goes, with series that had nothing since", async () => {
    const ctx = context();
    const { user_id } = await createPerson(ctx);
    await pushSamples(ctx, user_id, [host("gone", 6.9), host("lives", 6.9), host("lives", 1)]);
    await sweepMetrics(ctx);
    expect([await samples(), await hosts()]).toEqual([3, ["gone", "lives"]]);
    clock.now += 0.2 * DAY_MS;
    await sweepMetrics(ctx);
    expect([await samples(), await hosts()]).toEqual([1, ["lives"]]);
  });

  test("that the default rules were made is remembered for good", async () => {
    const ctx = context();
    const { user_id } = await createPerson(ctx);
    await pushSamples(ctx, user_id, [host("a", 0)]);
    clock.now += 30 * DAY_MS;
    await sweepMetrics(ctx);
    expect(await hosts()).toEqual([]);
    const left = await backend.db.select().from(metric_series).where(eq(metric_series.user_id, user_id));
    expect(left.map(({ name }) => name)).toEqual(["xsema.default_rules"]);
  });
});
