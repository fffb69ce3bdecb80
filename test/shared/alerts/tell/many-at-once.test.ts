import { expect, it } from "vitest";
import { tellDue } from "../../../../shared/alerts/tell/tell-due.ts";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const WAITS = { group_wait: "10s", group_interval: "10s", repeat_interval: "1m" };

describeOnEachBackend("telling of many, and by many", (backend) => {
  it("makes one notification of bounded size of a thousand alerts", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    const ids = await world.fire(
      rule,
      ...Array.from({ length: 1000 }, (_, place) => `${place}-${"x".repeat(500)}`),
    );
    await world.run(20);
    await world.resolve(...ids);
    await world.run(60);
    const [fired, resolved, ...more] = await world.notifications();
    expect(fired).toMatchObject({ title: "1000 alerts fired", data: { count: 1000 } });
    expect(resolved).toMatchObject({ title: "1000 alerts resolved", kind: "alert.resolved", level: "info" });
    expect(more).toEqual([]);
    for (const { body, data } of [fired, resolved].filter((each) => each !== undefined)) {
      expect(body).toContain("And 990 more.");
      expect(body.length).toBeLessThan(4000);
      expect(JSON.stringify(data).length).toBeLessThan(4000);
    }
  });

  it("is told once, however many look at once", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    await world.fire(rule, "a");
    world.set(10);
    await Promise.all(Array.from({ length: 4 }, () => tellDue(world.ctx, world.user_id)));
    expect(await world.log()).toEqual(["10 alert.fired: a"]);
    const [b = ""] = await world.fire(rule, "b");
    await world.run(15);
    // One resolves while others look.
    world.set(20);
    await Promise.all([
      tellDue(world.ctx, world.user_id),
      world.resolve(b),
      tellDue(world.ctx, world.user_id),
    ]);
    await world.run(40);
    const log = await world.log();
    const both = ["20 alert.fired: b", "30 alert.resolved: b"];
    expect([[...both], ["20 alert.fired: b"]]).toContainEqual(log.slice(1));
    const titles = (await world.notifications()).slice(1).map(({ title }) => title);
    expect([
      ["Floor below 40", "Resolved: Floor below 40"],
      ["Fired and resolved: Floor below 40"],
    ]).toContainEqual(titles);
  });

  it("lets transactions that share groups in another order pass each other", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_by: ["collection"] });
    const old = await world.fire(rule, "a", "b", "c", "d");
    await world.run(10);
    await Promise.all([
      world.fire(rule, "a", "e", "f"),
      world.resolve(...old),
      world.fire(rule, "f", "d", "b"),
      world.fire(rule, "e", "c"),
    ]);
    await world.run(30);
    expect((await world.members()).length).toBe(8);
  });
});
