import { expect, it } from "vitest";
import { tellDue } from "../../../../shared/alerts/tell/tell-due.ts";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const SLOW = { group_wait: "10s", group_interval: "1h", repeat_interval: "1d" };
const ESCALATES = { ...SLOW, escalation: { after: "5m", channels: ["email", "slack"] } };

describeOnEachBackend("escalating alerts", (backend) => {
  it("tells others once of what nobody acknowledged, however many look at once", async () => {
    const world = await tellingWorld(backend);
    await world.fire(await world.rule({ ...ESCALATES, level: "critical" }), "a");
    await world.run(299);
    world.set(300);
    await Promise.all([1, 2, 3].map(() => tellDue(world.ctx, world.user_id)));
    await world.run(1000);
    expect(await world.log()).toEqual(["10 alert.fired: a", "300 alert.fired: a"]);
    const [, escalated] = await world.notifications();
    expect(escalated).toMatchObject({
      title: "Nobody acknowledged: Floor below 40",
      level: "critical",
      body: "[critical] Floor below 40, firing for 5m: The floor of a is 39.\nhttp://127.0.0.1:8787/alerts",
      archived_at: escalated?.created_at,
    });
    expect(await world.alerts()).toMatchObject([{ escalate_at: null, revision: 2 }]);
    const shown = world.told.events.filter(({ kind }) => kind === "alert").at(-1);
    expect(shown?.data).toMatchObject({
      escalated_at: world.iso(300),
      updated_at: world.iso(300),
      revision: 2,
    });
  });

  it("tells nobody else of what was acknowledged or resolved", async () => {
    const world = await tellingWorld(backend);
    const [a = "", b = ""] = await world.fire(await world.rule(ESCALATES), "a", "b");
    await world.run(20);
    await world.acknowledge(a);
    await world.resolve(b);
    await world.run(1000);
    expect(await world.log()).toEqual(["10 alert.fired: a, b"]);
  });

  it("waits for the end of a silence, and escalates what still stands then", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(ESCALATES);
    const [, , gone = ""] = await world.fire(rule, "a", "b", "gone");
    await world.run(20);
    await world.silence("a", 20, 2000);
    await world.silence("gone", 20, 2000);
    const early = await world.silence("b", 20, 100_000);
    await world.run(1000);
    expect(await world.log()).toEqual(["10 alert.fired: a, b, gone"]);
    await world.acknowledge(gone);
    await world.endSilence(early, 1000);
    await world.run(2100);
    const [, b, a, ...more] = await world.log();
    // Ended by hand: seen at the next look, which is at most five minutes off.
    expect(b).toMatch(/^1[0-3]\d\d alert.fired: b$/);
    expect([a, ...more]).toEqual(["2000 alert.fired: a"]);
  });

  it("tells in one notification what goes the same way at the same time", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(ESCALATES);
    const same = await world.rule({
      ...ESCALATES,
      escalation: { after: "5m", channels: ["slack", "email"] },
    });
    const other = await world.rule({ ...ESCALATES, escalation: { after: "5m", channels: ["in_app"] } });
    await world.fire(rule, ...Array.from({ length: 30 }, (_, place) => `c${place}`));
    await world.fire(same, "same");
    await world.fire(other, "other");
    await world.run(400);
    const titles = (await world.notifications()).slice(1).map(({ title }) => title);
    expect(titles.sort()).toEqual(["Nobody acknowledged 31 alerts", "Nobody acknowledged: Floor below 40"]);
    expect((await world.alerts()).every(({ escalated_at }) => escalated_at !== null)).toBe(true);
  });
});
