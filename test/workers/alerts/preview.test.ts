import { expect, it } from "vitest";
import { alerts, metric_samples, metric_series } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { PreviewAnswer } from "../../../workers/alerts/rules/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { A_RULE, alertsWorld } from "./alerts-app.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

describeOnEachBackend("a preview", (backend: Backend) => {
  async function world() {
    const app = alertsWorld(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    const now = app.clock.now;
    const { name: _, ...rule } = A_RULE;
    /** A host of ann's that is busy (95 in place of 50) in these minutes, counted back from now. */
    const host = async (name: string, busy: readonly number[], minutes = 60) => {
      const id = `ser_${name}`;
      await backend.db.insert(metric_series).values({
        ...{ id, user_id: ann.id, name: "host.cpu_percent", labels: { host: name }, subject: name },
        ...{ fingerprint: id, last_at: isoTime(now), created_at: isoTime(now) },
      });
      const values = Array.from({ length: minutes }, (_, ago) => ({
        ...{ series_id: id, at: isoTime(now - ago * MINUTE) },
        value: busy.includes(ago) ? "95" : "50",
      }));
      await backend.db.insert(metric_samples).values(values);
    };
    const tried = async (given: Record<string, unknown> = {}) => {
      const { status, body } = await app.ask(ann, "POST", "/alert-rules/preview", { ...rule, ...given });
      if (status !== 200) throw new Error(JSON.stringify(body));
      return PreviewAnswer.parse(body);
    };
    return { ...app, ann, bob, now, rule, host, tried };
  }

  it("says when a rule would have fired over the last 7 days, and keeps nothing", async () => {
    const { host, tried, now, rules, states, clock, audited, woken } = await world();
    await host("db-1", [30, 29, 28, 10]);
    const found = await tried();
    expect(found).toMatchObject({
      to: isoTime(clock.now),
      from: isoTime(clock.now - 7 * DAY),
      count: 2,
      firings: [
        {
          labels: { host: "db-1" },
          fired_at: isoTime(now - 30 * MINUTE),
          resolved_at: isoTime(now - 27 * MINUTE),
          resolved_reason: "condition_cleared",
          value: "95",
        },
        { fired_at: isoTime(now - 10 * MINUTE), resolved_at: isoTime(now - 9 * MINUTE) },
      ],
    });
    const [series] = found.series;
    expect(series?.labels).toEqual({ host: "db-1" });
    expect(series?.points.length).toBeGreaterThan(100);
    expect(series?.points.length).toBeLessThanOrEqual(1000);
    expect(await rules()).toEqual([]);
    expect(await states()).toEqual([]);
    expect(await backend.db.select().from(alerts)).toEqual([]);
    expect(await audited()).toEqual([]);
    expect(woken).toEqual([]);
  });

  it("goes by every field of the rule", async () => {
    const { host, tried } = await world();
    await host("db-1", [30, 29, 28, 10]);
    await host("db-2", [20]);
    expect((await tried()).count).toBe(3);
    expect((await tried({ for: "2m" })).count).toBe(1);
    expect((await tried({ threshold: "96" })).count).toBe(0);
    expect((await tried({ labels: { host: "db-2" } })).count).toBe(1);
    expect((await tried({ one_shot: true, labels: { host: "db-1" } })).count).toBe(1);
    expect((await tried({ name: "Named" })).count).toBe(3);
  });

  it("looks at the span that is asked for", async () => {
    const { host, tried, now } = await world();
    await host("db-1", [30, 10]);
    const firings = (given: Record<string, unknown>) => tried(given).then(({ count }) => count);
    expect(await firings({ from: isoTime(now - 20 * MINUTE) })).toBe(1);
    expect(await firings({ to: isoTime(now - 20 * MINUTE) })).toBe(1);
    expect(await firings({ from: isoTime(now - 8.5 * MINUTE) })).toBe(0);
    const ahead = await tried({ from: isoTime(now - 90 * DAY), to: "2027-01-01T00:00:00Z" }).catch(String);
    expect(ahead).toContain("must lie at most 90 days before to");
    expect((await tried({ from: isoTime(now - 89 * DAY), to: "2027-01-01T00:00:00Z" })).count).toBe(2);
  });

  it.each([
    [{ from: "2026-02-01T00:00:00Z" }, "/from", "must lie before to, which is 2026-01-01T"],
    [
      { from: "2025-01-01T00:00:00Z" },
      "/from",
      "must lie at most 90 days before to, so not before 2025-10-03",
    ],
    [{ from: "yesterday" }, "/from", "must be an ISO 8601 time"],
    [{ threshold: null }, "/threshold", "must be the number to compare with"],
    [
      { metric: "market.floor", labels: { collection: "none" } },
      "/labels/collection",
      'there is no collection "none"',
    ],
    [{ metric: "market.listed_share" }, "/metric", "has no history"],
    [{ since: "2026-01-01T00:00:00Z" }, "/since", ""],
  ])("refuses %j", async (wrong, pointer, message) => {
    const { ask, ann, rule } = await world();
    expect(await ask(ann, "POST", "/alert-rules/preview", { ...rule, ...wrong })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer, message: expect.stringContaining(message) }] },
    });
  });

  it("looks at one's own readings only, and at nothing that one may not read", async () => {
    const { host, ask, bob, enter, rule } = await world();
    await host("db-1", [10]);
    expect(await ask(bob, "POST", "/alert-rules/preview", rule)).toMatchObject({
      status: 200,
      body: { count: 0, firings: [] },
    });
    const platform = { ...rule, metric: "platform.error_rate" };
    expect(await ask(bob, "POST", "/alert-rules/preview", platform)).toMatchObject({ status: 403 });
    expect(await ask(await enter("manager"), "POST", "/alert-rules/preview", platform)).toMatchObject({
      status: 200,
      body: { count: 0 },
    });
    expect((await ask(await enter("viewer"), "POST", "/alert-rules/preview", rule)).status).toBe(200);
  });
});
