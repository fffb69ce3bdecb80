import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { alerts } from "../../../shared/db/schema/index.ts";
import { AcknowledgedAlerts, AlertDetail, AlertPage } from "../../../workers/alerts/alerts/schema.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { alertsWorld } from "./alerts-app.ts";

describeOnEachBackend("alerts", (backend: Backend) => {
  async function world() {
    const app = alertsWorld(backend);
    const [ann, bob] = [await app.enter("trader"), await app.enter("trader")];
    const { id: rule_id } = await app.makeRule(ann);
    let hosts = 0;
    const raise = (given: Parameters<typeof app.raise>[2] = {}) => {
      hosts += 1;
      return app.raise(ann, rule_id, { labels: { host: `db-${hosts}` }, ...given });
    };
    const list = async (query: string) =>
      AlertPage.parse((await app.ask(ann, "GET", `/alerts?${query}`)).body);
    const ids = async (query: string) => (await list(query)).data.map(({ id }) => id);
    const show = async (id: string) => AlertDetail.parse((await app.ask(ann, "GET", `/alerts/${id}`)).body);
    const acknowledgeMany = async (body: unknown) =>
      AcknowledgedAlerts.parse((await app.ask(ann, "POST", "/alerts/acknowledge", body)).body);
    const end = (id: string) => backend.db.update(alerts).set({ state: "resolved" }).where(eq(alerts.id, id));
    return { ...app, raiseFor: app.raise, ann, bob, rule_id, raise, list, ids, show, acknowledgeMany, end };
  }

  it("are listed newest first, in pages, by what is asked for", async () => {
    const { raise, ids, list, end, ask, ann, rule_id } = await world();
    const cpu = await raise();
    const pending = await raise({ state: "pending", level: "critical" });
    const floor = await raise({
      state: "acknowledged",
      metric: "market.floor",
      labels: { collection: "punks" },
    });
    const past = await raise();
    await end(past);
    expect(await ids("")).toEqual([past, floor, pending, cpu]);
    const first = await list("limit=3");
    expect(first.data).toHaveLength(3);
    expect(await ids(`limit=3&cursor=${first.next_cursor}`)).toEqual([cpu]);
    expect(await ids("state=active")).toEqual([cpu]);
    expect(await ids("state=acknowledged,active")).toEqual([floor, cpu]);
    expect(await ids("state=pending&state=resolved")).toEqual([past, pending]);
    expect(await ids("level=critical")).toEqual([pending]);
    expect(await ids("metric=market.floor")).toEqual([floor]);
    expect(await ids("collection=punks")).toEqual([floor]);
    expect(await ids(`rule_id=${rule_id}`)).toHaveLength(4);
    expect(await ids("rule_id=rul_none")).toEqual([]);
    expect(await ids("fired=false")).toEqual([pending]);
    expect(await ids("fired=true&state=resolved")).toEqual([past]);
    for (const [query, pointer, message] of [
      ["state=firing", "?state/0", "must be among pending, active, acknowledged, resolved"],
      ["level=high", "?level", "must be one of info, warning, error, critical"],
      ["limit=101", "?limit", "must be a whole number from 1 to 100"],
      [`state=active&cursor=${first.next_cursor}`, "?cursor", "belongs to a list with other filters"],
      ["host=db-1", "?host", "is no parameter here; there are state, rule_id"],
    ])
      expect(await ask(ann, "GET", `/alerts?${query}`)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer, message: expect.stringContaining(String(message)) }] },
      });
  });

  it("are counted by state, one's own and what stands", async () => {
    const { ask, ann, bob, makeRule, raise, raiseFor, end } = await world();
    for (const state of ["active", "active", "pending", "acknowledged"] as const) await raise({ state });
    await end(await raise());
    await raiseFor(bob, (await makeRule(bob)).id);
    expect(await ask(ann, "GET", "/alerts/counts")).toMatchObject({
      status: 200,
      body: { pending: 1, active: 2, acknowledged: 1 },
    });
  });

  it("say which silences hold them back while they stand", async () => {
    const { raise, list, show, end, ask, ann, clock } = await world();
    const alert_id = await raise({ labels: { host: "db-7" } });
    const matchers = [{ label: "host", operator: "~", value: "db-*" }];
    const ends_at = new Date(clock.now + 3_600_000).toISOString();
    const silence = await ask(ann, "POST", "/silences", { matchers, ends_at });
    expect((await list("")).data).toMatchObject([{ id: alert_id, silenced_by: [silence.body.id] }]);
    expect((await show(alert_id)).silenced_by).toEqual([silence.body.id]);
    await ask(ann, "DELETE", `/silences/${silence.body.id}`);
    expect((await show(alert_id)).silenced_by).toEqual([]);
    await ask(ann, "POST", "/silences", { matchers, ends_at });
    await end(alert_id);
    expect((await show(alert_id)).silenced_by).toEqual([]);
  });

  it("are acknowledged once, with who did it and why", async () => {
    const { raise, show, ask, ann, shown, settled, clock } = await world();
    const id = await raise();
    const done = await ask(ann, "POST", `/alerts/${id}/acknowledge`, { comment: "On it" });
    const acknowledged_at = new Date(clock.now).toISOString();
    expect(done).toMatchObject({
      status: 200,
      body: { id, state: "acknowledged", comment: "On it", acknowledged_by: ann.id, acknowledged_at },
    });
    expect(done.headers.get("etag")).toBe(`"${done.body.revision}"`);
    const again = await ask(ann, "POST", `/alerts/${id}/acknowledge`, { comment: "Me too" });
    expect(again).toMatchObject({ status: 200, body: { comment: "On it", revision: done.body.revision } });
    expect((await show(id)).transitions).toMatchObject([
      { number: 1, from: null, to: "active", actor: null },
      { number: 2, from: "active", to: "acknowledged", actor: ann.id, comment: "On it", value: "91" },
    ]);
    await settled();
    expect(shown).toMatchObject([{ kind: "alert", data: { id, state: "acknowledged" } }]);
  });

  it("are acknowledged and resolved without a comment, and without a body", async () => {
    const { raise, ask, ann } = await world();
    const id = await raise();
    expect(await ask(ann, "POST", `/alerts/${id}/acknowledge`)).toMatchObject({
      status: 200,
      body: { state: "acknowledged", comment: null },
    });
    expect(await ask(ann, "POST", `/alerts/${id}/resolve`, {})).toMatchObject({
      status: 200,
      body: { state: "resolved", resolved_reason: "resolved_by_hand", comment: null },
    });
  });

  it("are not acknowledged when they are over, or have not fired", async () => {
    const { raise, ask, ann, end } = await world();
    const past = await raise();
    await end(past);
    const refused = await ask(ann, "POST", `/alerts/${past}/acknowledge`);
    expect(refused).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(refused.body.detail).toContain("it is over");
    const pending = await raise({ state: "pending" });
    const early = await ask(ann, "POST", `/alerts/${pending}/acknowledge`);
    expect(early).toMatchObject({ status: 409 });
    expect(early.body.detail).toContain("it has not fired yet");
    for (const [body, pointer] of [
      [{ comment: "" }, "/comment"],
      [{ comment: "a\0" }, "/comment"],
      [{ note: "x" }, "/note"],
    ] as const)
      expect(await ask(ann, "POST", `/alerts/${pending}/acknowledge`, body)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer }] },
      });
  });

  it("are resolved by hand once, whoever is first, and wait until the condition stopped holding", async () => {
    const { raise, ask, ann, show, states } = await world();
    const id = await raise();
    const both = await Promise.all([
      ask(ann, "POST", `/alerts/${id}/resolve`, { comment: "one" }),
      ask(ann, "POST", `/alerts/${id}/resolve`, { comment: "two" }),
    ]);
    for (const { status, body } of both) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ state: "resolved", resolved_reason: "resolved_by_hand" });
    }
    expect(both[0]?.body).toEqual(both[1]?.body);
    expect((await show(id)).transitions.map(({ to }) => to)).toEqual(["active", "resolved"]);
    expect(await states()).toMatchObject([
      { alert_id: null, state: { status: "normal", wait_for_clear: true } },
    ]);
  });

  it("are acknowledged and resolved at once by two, in one order or the other", async () => {
    const { raise, ask, ann, show } = await world();
    for (let round = 0; round < 5; round += 1) {
      const id = await raise();
      const [acknowledged, resolved] = await Promise.all([
        ask(ann, "POST", `/alerts/${id}/acknowledge`),
        ask(ann, "POST", `/alerts/${id}/resolve`),
      ]);
      expect(resolved.status).toBe(200);
      const path = (await show(id)).transitions.map(({ to }) => to);
      if (acknowledged.status === 200) expect(path).toEqual(["active", "acknowledged", "resolved"]);
      else expect([acknowledged.status, path]).toEqual([409, ["active", "resolved"]]);
    }
  });

  it("are acknowledged many at once, by their ids", async () => {
    const { raise, raiseFor, makeRule, acknowledgeMany, end, show, bob } = await world();
    const [one, two, pending] = [await raise(), await raise(), await raise({ state: "pending" })];
    const past = await raise();
    await end(past);
    const other = await raiseFor(bob, (await makeRule(bob)).id);
    const asked = { ids: [two, one, one, pending, past, other, "alr_none"], comment: "All mine" };
    expect(await acknowledgeMany(asked)).toEqual({
      acknowledged: [one, two],
      skipped: [
        { id: pending, reason: "pending" },
        { id: past, reason: "resolved" },
        { id: other, reason: "not_found" },
        { id: "alr_none", reason: "not_found" },
      ],
      more: false,
    });
    expect(await show(one)).toMatchObject({ state: "acknowledged", comment: "All mine" });
    expect((await acknowledgeMany({ ids: [one] })).skipped).toEqual([{ id: one, reason: "acknowledged" }]);
  });

  it("are acknowledged many at once, as a filter finds them, a hundred a request", async () => {
    const { raise, acknowledgeMany, ids, woken, shown, settled, ann } = await world();
    const critical = await raise({ level: "critical" });
    for (let made = 0; made < 101; made += 1) await raise();
    expect(await acknowledgeMany({ filter: { level: "critical" } })).toEqual({
      acknowledged: [critical],
      skipped: [],
      more: false,
    });
    await settled();
    woken.length = shown.length = 0;
    const first = await acknowledgeMany({ filter: {} });
    await settled();
    expect(woken).toEqual([`user:${ann.id}`]);
    expect(shown).toHaveLength(100);
    expect(first).toMatchObject({ skipped: [], more: true });
    expect(first.acknowledged).toHaveLength(100);
    expect(await ids("state=active")).toHaveLength(1);
    expect(await acknowledgeMany({ filter: {} })).toMatchObject({ more: false });
    expect(await ids("state=active")).toEqual([]);
  }, 60_000);

  it.each([
    [{}, ""],
    [{ ids: ["alr_1"], filter: {} }, ""],
    [{ ids: [] }, "/ids"],
    [{ ids: Array.from({ length: 101 }, (_, at) => `alr_${at}`) }, "/ids"],
    [{ filter: { host: "db-1" } }, "/filter/host"],
  ])("are not acknowledged by %j", async (body, pointer) => {
    const { ask, ann } = await world();
    expect(await ask(ann, "POST", "/alerts/acknowledge", body)).toMatchObject({
      status: 422,
      body: { errors: [{ pointer }] },
    });
  });

  it("do not exist for anybody else, nor for who may only read", async () => {
    const { raise, ask, bob, enter, show } = await world();
    const id = await raise();
    const calls: [string, string][] = [
      ["GET", ""],
      ["POST", "/acknowledge"],
      ["POST", "/resolve"],
    ];
    for (const [method, path] of calls)
      expect(await ask(bob, method, `/alerts/${id}${path}`)).toMatchObject({
        status: 404,
        body: { code: "not_found" },
      });
    expect((await ask(bob, "GET", "/alerts")).body).toEqual({ data: [], next_cursor: null });
    const none = await ask(bob, "POST", "/alerts/acknowledge", { filter: {} });
    expect(none.body).toEqual({ acknowledged: [], skipped: [], more: false });
    const viewer = await enter("viewer");
    expect((await ask(viewer, "GET", "/alerts")).status).toBe(200);
    expect((await ask(viewer, "POST", `/alerts/${id}/resolve`)).status).toBe(403);
    expect((await show(id)).state).toBe("active");
  });
});
