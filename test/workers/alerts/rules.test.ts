import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import { AlertRule } from "../../../shared/contracts/alerts.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { alert_rules, alerts } from "../../../shared/db/schema/index.ts";
import { RulePage } from "../../../workers/alerts/rules/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { A_RULE, alertsWorld } from "./alerts-app.ts";

const A_FLOOR_RULE = {
  name: "Floor falls",
  metric: "market.floor",
  labels: { collection: "punks" },
  condition: "change_percent",
  operator: "<=",
  threshold: -10,
  window: "60m",
};

describeOnEachBackend("alert rules", (backend: Backend) => {
  async function world() {
    const app = alertsWorld(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    await app.collection("punks");
    const rowOf = async (id: string) => {
      const [row] = await backend.db.select().from(alert_rules).where(eq(alert_rules.id, id));
      if (row === undefined) throw new Error(`no rule ${id}`);
      return row;
    };
    const stateOf = async (alert_id: string) =>
      (await backend.db.select().from(alerts).where(eq(alerts.id, alert_id)))[0];
    const list = async (query: string) =>
      RulePage.parse((await app.ask(ann, "GET", `/alert-rules?${query}`)).body);
    return { ...app, ann, bob, rowOf, stateOf, list };
  }

  it("are made whole, found by metric and subject, and wake what evaluates them", async () => {
    const { ask, ann, rowOf, woken, settled, ctx, audited } = await world();
    const made = await ask(ann, "POST", "/alert-rules", A_FLOOR_RULE);
    expect(made.status).toBe(201);
    const rule = AlertRule.parse(made.body);
    expect(rule).toMatchObject({
      ...A_FLOOR_RULE,
      threshold: "-10",
      window: "1h",
      for: "0s",
      group_wait: "30s",
      no_data: "keep",
      enabled: true,
      armed: true,
      built_in: false,
      states: { pending: 0, active: 0, acknowledged: 0 },
      error: null,
      last_fired_at: null,
      revision: 1,
    });
    expect(rule.id).toMatch(/^rul_[0-9a-f]{32}$/);
    expect(made.headers.get("location")).toBe(`/api/v1/alert-rules/${rule.id}`);
    expect(made.headers.get("etag")).toBe('"1"');
    const shown = await ask(ann, "GET", `/alert-rules/${rule.id}`);
    expect(shown.body).toEqual(made.body);
    expect(shown.headers.get("etag")).toBe('"1"');
    const row = await rowOf(rule.id);
    expect(row).toMatchObject({ user_id: ann.id, metric: "market.floor", subject: "punks", enabled: true });
    expect(TimeColumn.parse(row.enabled_at)).toBe(new Date(ctx.now() - 1).toISOString());
    await settled();
    expect(woken).toEqual(["collection:punks"]);
    expect(await audited()).toMatchObject([
      { action: "alert_rule.created", target_id: rule.id, after: { metric: "market.floor" } },
    ]);
  });

  it("look at every series where the subject is left out", async () => {
    const { ask, ann, makeRule, rowOf, woken, settled } = await world();
    const { labels: _, ...anywhere } = A_FLOOR_RULE;
    const made = await ask(ann, "POST", "/alert-rules", anywhere);
    expect((await rowOf(String(made.body.id))).subject).toBe("*");
    expect((await rowOf((await makeRule(ann)).id)).subject).toBe("*");
    expect((await rowOf((await makeRule(ann, { labels: { host: "db-1" } })).id)).subject).toBe("db-1");
    await makeRule(ann, { enabled: false });
    await settled();
    expect(woken).toEqual([`user:${ann.id}`, `user:${ann.id}`]);
  });

  it("are made once for one Idempotency-Key", async () => {
    const { ask, ann, rules } = await world();
    const key = { "idempotency-key": "make-1" };
    const first = await ask(ann, "POST", "/alert-rules", A_RULE, key);
    expect((await ask(ann, "POST", "/alert-rules", A_RULE, key)).body).toEqual(first.body);
    expect(await rules()).toHaveLength(1);
  });

  it.each([
    ["name", { name: "" }, ""],
    ["name", { name: "one\nline: and more" }, "must be one line"],
    ["name", { name: undefined }, ""],
    ["metric", { metric: "Floor" }, "must be lower-case words"],
    [
      "metric",
      { metric: "market.flour" },
      'there is no metric "market.flour"; GET /api/v1/metrics/catalogue',
    ],
    [
      "labels/collection",
      { labels: { collection: "punk" } },
      'there is no collection "punk"; GET /api/v1/coll',
    ],
    ["labels/host", { labels: { host: "db-1" } }, 'is no label of the metric: market.floor has "collection"'],
    ["labels/Host", { labels: { Host: "db-1" } }, ""],
    ["condition", { condition: "fall" }, ""],
    ["operator", { operator: "=<" }, "must be <, <=, >, >=, == or !="],
    ["operator", { operator: null }, "must be one of <, <=, >, >=, ==, != for the condition change_percent"],
    ["threshold", { threshold: null }, 'must be a percentage, such as "-10"'],
    ["clear_threshold", { clear_threshold: "-20" }, "must be at least the threshold (-10)"],
    ["window", { window: null }, 'must say since when the change is counted, such as "1h"'],
    ["window", { window: "1 hour" }, 'must be a duration such as "30s", "5m" or "1h30m"'],
    ["window", { window: "31d" }, "must lie between 1m and 4w2d"],
    ["message", { message: "{{secret}}" }, "names {{secret}}; known are name, metric, value"],
    ["message", { message: "{{labels.host}}" }, "names {{labels.host}}, which is no label of the metric"],
    ["group_by/0", { group_by: ["Host"] }, "must be the name of a label"],
    ["group_by/0", { group_by: ["host"] }, 'must be one of "rule", "metric", "level", "collection"'],
    ["expires_at", { expires_at: "2025-12-31T00:00:00Z" }, "must lie in the future"],
    ["active_hours/time_zone", { active_hours: { time_zone: "Mars" } }, "must be an IANA time zone"],
    ["channels/0", { channels: ["fax"] }, ""],
    ["surprise", { surprise: 1 }, ""],
  ])("are refused for what is wrong in %s: %j", async (pointer, wrong, message) => {
    const { ask, ann, rules } = await world();
    const refused = await ask(ann, "POST", "/alert-rules", { ...A_FLOOR_RULE, ...wrong });
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toContainEqual({
      pointer: `/${pointer}`,
      message: expect.stringContaining(message),
    });
    expect(await rules()).toEqual([]);
  });

  it("are as many as the plan has room for, however many are asked for at once", async () => {
    const { ask, makeRule, enter, ann } = await world();
    const most = PlanLimits.free.alert_rules;
    for (let made = 1; made < most; made += 1) await makeRule(ann, { enabled: made % 2 === 0 });
    await backend.db
      .update(alert_rules)
      .set({ built_in: "host_cpu" })
      .where(eq(alert_rules.id, (await makeRule(ann)).id));
    const both = await Promise.all([
      ask(ann, "POST", "/alert-rules", A_RULE),
      ask(ann, "POST", "/alert-rules", A_RULE),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409]);
    expect(both.find(({ status }) => status === 409)?.body).toMatchObject({
      code: "conflict",
      detail: `Your plan (free) has room for ${most} alert rules, and you have that many. Delete one first.`,
    });
    const rich = await enter("trader", { plan: "premium" });
    for (let made = 0; made <= most; made += 1) await makeRule(rich);
  }, 60_000);

  it("look only at what their owner may read", async () => {
    const { ask, ann, makeRule, enter, ctx } = await world();
    const platform = { ...A_RULE, metric: "platform.error_rate" };
    const refused = await ask(ann, "POST", "/alert-rules", platform);
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(refused.body.detail).toContain('does not hold "monitoring:read"');
    const { id } = await makeRule(ann);
    const moved = await ask(ann, "PATCH", `/alert-rules/${id}`, { metric: "platform.error_rate" });
    expect(moved.status).toBe(403);
    const manager = await enter("manager");
    const made = await ask(manager, "POST", "/alert-rules", platform);
    expect(made.status).toBe(201);
    // A manager who is one no more may turn the rule off and remove it, and nothing else.
    const path = `/alert-rules/${made.body.id}`;
    await ctx.db
      .update(alert_rules)
      .set({ user_id: ann.id })
      .where(eq(alert_rules.id, String(made.body.id)));
    expect((await ask(ann, "PATCH", path, { threshold: "90" })).status).toBe(403);
    expect(await ask(ann, "POST", `${path}/disable`)).toMatchObject({
      status: 200,
      body: { enabled: false },
    });
    expect((await ask(ann, "POST", `${path}/enable`)).status).toBe(403);
    expect((await ask(ann, "DELETE", path)).status).toBe(204);
  });

  it("are listed newest first, in pages, by what is asked for", async () => {
    const { ask, ann, bob, makeRule, raise, list } = await world();
    const busy = await makeRule(ann, { name: "CPU 100%_busy" });
    const floor = await ask(ann, "POST", "/alert-rules", { ...A_FLOOR_RULE, description: "Sell then" });
    const off = await makeRule(ann, { name: "Off", enabled: false });
    await makeRule(bob);
    const floor_id = String(floor.body.id);
    const ids = (page: RulePage) => page.data.map(({ id }) => id);
    const first = await list("limit=2");
    const rest = await list(`limit=2&cursor=${first.next_cursor}`);
    expect([...ids(first), ...ids(rest)]).toEqual([off.id, floor_id, busy.id]);
    expect(rest.next_cursor).toBeNull();
    expect(ids(await list("metric=market.floor"))).toEqual([floor_id]);
    expect(ids(await list("enabled=false"))).toEqual([off.id]);
    expect(ids(await list("q=sell"))).toEqual([floor_id]);
    expect(ids(await list("q=100%25_"))).toEqual([busy.id]);
    expect(ids(await list("q=__"))).toEqual([]);
    await raise(ann, busy.id);
    await raise(ann, busy.id, { state: "pending", labels: { host: "db-2" } });
    expect((await list("state=active")).data).toMatchObject([
      { id: busy.id, states: { pending: 1, active: 1, acknowledged: 0 } },
    ]);
    expect(ids(await list("state=acknowledged"))).toEqual([]);
    expect(ids(await list("state=normal"))).toEqual([off.id, floor_id]);
    await backend.db.update(alert_rules).set({ error: "too much" }).where(eq(alert_rules.id, floor_id));
    expect(ids(await list("state=error"))).toEqual([floor_id]);
    const other = await ask(ann, "GET", `/alert-rules?q=b&cursor=${first.next_cursor}`);
    expect(other).toMatchObject({ status: 422, body: { errors: [{ pointer: "?cursor" }] } });
    expect((await ask(ann, "GET", "/alert-rules?colour=red")).status).toBe(422);
  });

  it("go on with what stands where only the telling changes", async () => {
    const { ask, ann, makeRule, raise, stateOf, audited, rowOf } = await world();
    const { id } = await makeRule(ann);
    const alert_id = await raise(ann, id);
    const before = await rowOf(id);
    const change = { name: "Very busy", level: "critical", channels: ["email"], repeat_interval: "60m" };
    const changed = await ask(ann, "PATCH", `/alert-rules/${id}`, change, { "if-match": '"1"' });
    expect(changed).toMatchObject({
      status: 200,
      body: { ...change, repeat_interval: "1h", threshold: "80", revision: 2, states: { active: 1 } },
    });
    expect(changed.headers.get("etag")).toBe('"2"');
    expect(await stateOf(alert_id)).toMatchObject({ state: "active" });
    expect((await rowOf(id)).enabled_at).toBe(before.enabled_at);
    expect((await audited()).at(-1)).toMatchObject({
      action: "alert_rule.changed",
      before: { name: "Busy", level: "warning", channels: null, repeat_interval: "4h" },
      after: { name: "Very busy", level: "critical", channels: ["email"], repeat_interval: "1h" },
    });
  });

  it("begin anew where they look for something else, and what stood resolves", async () => {
    const { ask, ann, makeRule, raise, stateOf, states, rowOf, shown, woken, settled } = await world();
    const { id } = await makeRule(ann, { labels: { host: "db-1", mount: "/" } });
    const alert_id = await raise(ann, id);
    await backend.db.update(alert_rules).set({ error: "why", armed: false }).where(eq(alert_rules.id, id));
    const before = await rowOf(id);
    await settled();
    woken.length = 0;
    const changed = await ask(ann, "PATCH", `/alert-rules/${id}`, { threshold: 90 });
    expect(changed).toMatchObject({
      status: 200,
      body: { threshold: "90", revision: 2, armed: true, error: null, states: { active: 0 } },
    });
    expect(await stateOf(alert_id)).toMatchObject({ state: "resolved", resolved_reason: "rule_changed" });
    for (const { state, alert_id } of await states()) {
      expect(alert_id).toBeNull();
      expect(state).toMatchObject({ status: "normal", value: null, armed: true, wait_for_clear: false });
    }
    expect((await rowOf(id)).enabled_at > before.enabled_at).toBe(true);
    const { body } = await ask(ann, "GET", `/alerts/${alert_id}`);
    expect(body.transitions).toMatchObject([
      { number: 1, from: null, to: "active" },
      { number: 2, from: "active", to: "resolved", reason: "rule_changed", actor: ann.id },
    ]);
    await settled();
    expect(woken).toContain(`user:${ann.id}`);
    expect(shown).toMatchObject([{ kind: "alert", data: { id: alert_id, state: "resolved" } }]);
  });

  it("stay as they are where a change changes nothing", async () => {
    const { ask, ann, makeRule, raise, stateOf, audited } = await world();
    const labels = { mount: "/", host: "db-1" };
    const { id } = await makeRule(ann, { labels, active_hours: { time_zone: "UTC", days: ["mon"] } });
    const alert_id = await raise(ann, id);
    const same = {
      labels: { host: "db-1", mount: "/" },
      threshold: 80,
      for: "0",
      active_hours: { days: ["mon"], time_zone: "UTC" },
    };
    expect(await ask(ann, "PATCH", `/alert-rules/${id}`, same)).toMatchObject({
      status: 200,
      body: { revision: 1 },
    });
    expect(await stateOf(alert_id)).toMatchObject({ state: "active" });
    expect(await audited()).toHaveLength(1);
  });

  it("are checked as a whole when a part changes", async () => {
    const { ask, ann, makeRule } = await world();
    const { id } = await makeRule(ann);
    const path = `/alert-rules/${id}`;
    const cases: [unknown, string][] = [
      [{}, ""],
      [{ enabled: true, id: "rul_1" }, "/id"],
      [{ condition: "absence" }, "/operator"],
      [{ metric: "market.floor", labels: { collection: "pnks" } }, "/labels/collection"],
      [{ clear_threshold: "81" }, "/clear_threshold"],
      [{ expires_at: "2025-01-01T00:00:00Z" }, "/expires_at"],
      [{ name: null }, "/name"],
    ];
    for (const [change, pointer] of cases) {
      const refused = await ask(ann, "PATCH", path, change);
      expect(refused.status, JSON.stringify(change)).toBe(422);
      expect(refused.body.errors).toContainEqual({ pointer, message: expect.any(String) });
    }
    expect((await ask(ann, "GET", path)).body).toMatchObject({ revision: 1, name: "Busy" });
    const absence = { condition: "absence", operator: null, threshold: null, for: "10m" };
    expect(await ask(ann, "PATCH", path, absence)).toMatchObject({ status: 200, body: absence });
  });

  it("are changed by one of two who read the same revision", async () => {
    const { ask, ann, makeRule } = await world();
    const { id } = await makeRule(ann);
    const change = (threshold: string) =>
      ask(ann, "PATCH", `/alert-rules/${id}`, { threshold }, { "if-match": '"1"' });
    const both = await Promise.all([change("85"), change("90")]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect(both.find(({ status }) => status === 412)?.body).toMatchObject({
      code: "stale_edit",
      detail: 'This is revision 2 by now, and the change was made from "1": read it again.',
    });
    expect((await ask(ann, "GET", `/alert-rules/${id}`)).body).toMatchObject({
      revision: 2,
      threshold: both.find(({ status }) => status === 200)?.body.threshold,
    });
  });

  it("are turned off and on, and see what comes from then on", async () => {
    const { ask, ann, makeRule, raise, stateOf, rowOf, audited, clock } = await world();
    const { id } = await makeRule(ann);
    const path = `/alert-rules/${id}`;
    const alert_id = await raise(ann, id, { state: "acknowledged" });
    for (let again = 0; again < 2; again += 1)
      expect(await ask(ann, "POST", `${path}/disable`)).toMatchObject({
        status: 200,
        body: { enabled: false, revision: 2, states: { acknowledged: 0 } },
      });
    expect(await stateOf(alert_id)).toMatchObject({ state: "resolved", resolved_reason: "rule_disabled" });
    expect(await rowOf(id)).toMatchObject({ enabled: false });
    clock.now += 60_000;
    const enabled = await ask(ann, "POST", `${path}/enable`);
    expect(enabled).toMatchObject({ status: 200, body: { enabled: true, revision: 3 } });
    expect(TimeColumn.parse((await rowOf(id)).enabled_at)).toBe(new Date(clock.now).toISOString());
    expect((await ask(ann, "POST", `${path}/enable`)).body).toMatchObject({ revision: 3 });
    expect(await ask(ann, "PATCH", path, { enabled: false })).toMatchObject({
      status: 200,
      body: { enabled: false, revision: 4 },
    });
    expect((await audited()).map(({ action }) => action)).toEqual([
      "alert_rule.created",
      "alert_rule.disabled",
      "alert_rule.enabled",
      "alert_rule.changed",
    ]);
  });

  it("are not turned on after they expired", async () => {
    const { ask, ann, makeRule, clock } = await world();
    const expires_at = new Date(clock.now + 60_000).toISOString();
    const { id } = await makeRule(ann, { expires_at });
    await ask(ann, "POST", `/alert-rules/${id}/disable`);
    clock.now += 120_000;
    const refused = await ask(ann, "POST", `/alert-rules/${id}/enable`);
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(refused.body.detail).toBe(
      `This rule expired at ${expires_at}; give it a later expires_at, or null, first.`,
    );
    const given = await ask(ann, "PATCH", `/alert-rules/${id}`, { expires_at: null, enabled: true });
    expect(given).toMatchObject({ status: 200, body: { enabled: true, expires_at: null } });
  });

  it("that fire once are armed again on request", async () => {
    const { ask, ann, makeRule, rowOf, audited, woken, settled } = await world();
    const { id } = await makeRule(ann, { one_shot: true });
    await ask(ann, "POST", `/alert-rules/${id}/rearm`);
    await backend.db.update(alert_rules).set({ armed: false }).where(eq(alert_rules.id, id));
    expect((await ask(ann, "GET", `/alert-rules/${id}`)).body).toMatchObject({ armed: false });
    await settled();
    woken.length = 0;
    expect(await ask(ann, "POST", `/alert-rules/${id}/rearm`)).toMatchObject({
      status: 200,
      body: { armed: true },
    });
    expect(await rowOf(id)).toMatchObject({ armed: true });
    await settled();
    expect(woken).toContain(`user:${ann.id}`);
    expect((await audited()).map(({ action }) => action)).toEqual([
      "alert_rule.created",
      "alert_rule.rearmed",
    ]);
  });

  it("go, and what they raised resolves and stays to be read", async () => {
    const { ask, ann, makeRule, raise, rules, states, audited } = await world();
    const { id } = await makeRule(ann);
    const alert_id = await raise(ann, id);
    expect((await ask(ann, "DELETE", `/alert-rules/${id}`)).status).toBe(204);
    expect(await rules()).toEqual([]);
    expect(await states()).toEqual([]);
    expect((await ask(ann, "GET", `/alerts?rule_id=${id}`)).body.data).toMatchObject([
      { id: alert_id, state: "resolved", resolved_reason: "rule_deleted" },
    ]);
    expect((await ask(ann, "DELETE", `/alert-rules/${id}`)).status).toBe(404);
    expect((await audited()).at(-1)).toMatchObject({
      action: "alert_rule.deleted",
      before: { name: "Busy", metric: "host.cpu_percent" },
    });
  });

  it("do not exist for anybody else, nor for who may only read", async () => {
    const { ask, ann, bob, makeRule, enter, audited } = await world();
    const { id } = await makeRule(ann);
    const calls: [string, string, unknown?][] = [
      ["GET", ""],
      ["PATCH", "", { name: "Mine" }],
      ["DELETE", ""],
      ["POST", "/enable"],
      ["POST", "/disable"],
      ["POST", "/rearm"],
    ];
    for (const [method, path, body] of calls)
      expect(await ask(bob, method, `/alert-rules/${id}${path}`, body)).toMatchObject({
        status: 404,
        body: { detail: "You have no such alert rule." },
      });
    expect((await ask(bob, "GET", "/alert-rules")).body).toEqual({ data: [], next_cursor: null });
    const viewer = await enter("viewer");
    expect((await ask(viewer, "GET", "/alert-rules")).status).toBe(200);
    expect((await ask(viewer, "POST", "/alert-rules", A_RULE)).status).toBe(403);
    expect(await audited()).toHaveLength(1);
  });
});
