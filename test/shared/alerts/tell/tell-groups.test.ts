import { expect, it } from "vitest";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

/** Alertmanager's waits of its acceptance tests, ten times as long. */
const WAITS = { group_wait: "10s", group_interval: "10s", repeat_interval: "1m" };

// After https://github.com/prometheus/alertmanager/tree/main/test/with_api_v2/acceptance
describeOnEachBackend("telling of groups", (backend) => {
  it("waits for others, tells what joins after the interval, and all of it again when nothing changed", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    world.set(11);
    await world.fire(rule, "test1");
    await world.run(17);
    await world.fire(rule, "test5");
    await world.run(33);
    await world.fire(rule, "test2", "test3", "test4");
    await world.run(110);
    expect(await world.log()).toEqual([
      "21 alert.fired: test1, test5",
      "33 alert.fired: test2, test3, test4",
      "93 alert.fired: test1, test2, test3, test4, test5",
    ]);
    const [, joined, again] = await world.notifications();
    expect(joined?.body).toContain("2 alerts told before still fire.");
    expect(again).toMatchObject({ title: "5 alerts still firing", level: "warning" });
  });

  it("tells of nothing more often than each interval", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    await world.fire(rule, "a");
    await world.run(11);
    await world.fire(rule, "b");
    await world.run(12);
    await world.fire(rule, "c");
    await world.run(40);
    expect(await world.log()).toEqual(["10 alert.fired: a", "20 alert.fired: b, c"]);
  });

  it("keeps to the interval when all of a group was over meanwhile, and is fresh after that", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_interval: "50s" });
    const [a = ""] = await world.fire(rule, "a");
    await world.run(10);
    await world.resolve(a);
    await world.run(60);
    const [again = ""] = await world.fire(rule, "a");
    await world.run(110);
    await world.resolve(again);
    await world.run(300);
    await world.fire(rule, "a");
    await world.run(320);
    expect(await world.log()).toEqual([
      "10 alert.fired: a",
      "60 alert.resolved: a",
      "110 alert.fired: a",
      "160 alert.resolved: a",
      "310 alert.fired: a",
    ]);
  });

  it("repeats what stands, and never more often than the interval of its group", async () => {
    const world = await tellingWorld(backend);
    await world.fire(await world.rule({ ...WAITS, group_interval: "2m" }), "a");
    await world.run(10 + 250);
    expect(await world.log()).toEqual(["10 alert.fired: a", "130 alert.fired: a", "250 alert.fired: a"]);
  });

  it("tells what resolved with the group, once", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_interval: "50s", repeat_interval: "4h" });
    world.set(10);
    const ids = await world.fire(rule, "v1", "v2", "v3");
    await world.run(22);
    await world.resolve(...ids.slice(0, 2));
    await world.run(80);
    await world.resolve(...ids.slice(2));
    await world.run(20_000);
    expect(await world.log()).toEqual([
      "20 alert.fired: v1, v2, v3",
      "70 alert.resolved: v1, v2",
      "120 alert.resolved: v3",
    ]);
    expect(await world.run()).toBeNull();
    expect(await world.members()).toEqual([]);
  });

  it("tells in one notification what fired and what resolved, and a new episode as such", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_interval: "50s", repeat_interval: "4h" });
    const [v1 = ""] = await world.fire(rule, "v1");
    await world.fire(rule, "v2");
    await world.run(30);
    await world.resolve(v1);
    await world.fire(rule, "v3");
    await world.run(100);
    await world.fire(rule, "v1");
    await world.run(200);
    expect(await world.log()).toEqual([
      "10 alert.fired: v1, v2",
      "60 alert.fired: v1, v3",
      "110 alert.fired: v1",
    ]);
    expect((await world.notifications()).map(({ title }) => title)).toEqual([
      "2 alerts fired",
      "1 alert fired, 1 alert resolved",
      "Floor below 40",
    ]);
  });

  it("tells once, as such, of what fired and resolved before its group told", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    const [id = ""] = await world.fire(rule, "a");
    await world.run(4);
    await world.resolve(id);
    await world.flash(rule, "b");
    await world.run(500);
    expect(await world.log()).toEqual(["10 alert.fired: a, b"]);
    expect((await world.notifications())[0]?.title).toBe("2 alerts fired and resolved");
    expect(await world.run()).toBeNull();
  });

  it("does not repeat what is acknowledged, tells that it resolved, and rests meanwhile", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    const [told = ""] = await world.fire(rule, "told");
    await world.run(20);
    await world.acknowledge(told);
    const [early = ""] = await world.fire(rule, "early");
    await world.acknowledge(early);
    await world.run(200);
    expect(await world.log()).toEqual(["10 alert.fired: told"]);
    await world.resolve(told, early);
    await world.run(300);
    expect(await world.log()).toEqual(["10 alert.fired: told", "200 alert.resolved: early, told"]);
  });

  it("tells at its first look, after a time away, what stands and what was missed", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    const [gone = ""] = await world.fire(rule, "gone");
    await world.fire(rule, "stands");
    world.set(50_000);
    await world.resolve(gone);
    world.set(90_000);
    expect(await world.run()).toBe(90_060);
    expect(await world.log()).toEqual(["90000 alert.fired: gone, stands"]);
  });
});
