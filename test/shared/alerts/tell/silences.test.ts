import { expect, it } from "vitest";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { insertWebhook } from "../../../support/webhooks.ts";

const WAITS = { group_wait: "10s", group_interval: "10s", repeat_interval: "1m" };

/** With an endpoint that wants to know of every alert. */
async function withWebhook(backend: Backend) {
  const world = await tellingWorld(backend);
  const { user_id, ctx } = world;
  const topics = [{ event_type: "alert.*", collection: "*" }];
  const { id } = await insertWebhook(backend.db, ctx.seal, { user_id, url: "https://example.org/", topics });
  return { ...world, webhook_id: id };
}

describeOnEachBackend("telling of what silences hold back", (backend) => {
  it("repeats the others while one is silenced, and all of them afterwards", async () => {
    const world = await tellingWorld(backend);
    await world.fire(await world.rule(WAITS), "test1", "test2");
    await world.silence("test1", 25, 135);
    await world.run(200);
    expect(await world.log()).toEqual([
      "10 alert.fired: test1, test2",
      "70 alert.fired: test2",
      "130 alert.fired: test2",
      "190 alert.fired: test1, test2",
    ]);
  });

  it("tells what was held back when the silence ends, to webhooks too", async () => {
    const world = await withWebhook(backend);
    await world.silence("a", -10, 40_000);
    await world.fire(await world.rule({ ...WAITS, repeat_interval: "8h" }), "a", "b");
    await world.run(39_999);
    expect(await world.messages()).toEqual(["0 alert.fired: b"]);
    expect(await world.log()).toEqual(["10 alert.fired: b", "28810 alert.fired: b"]);
    await world.run(40_000);
    expect(await world.messages()).toEqual(["0 alert.fired: b", "40000 alert.fired: a"]);
    expect((await world.log()).at(-1)).toBe("40000 alert.fired: a");
    // Late as it is, it is no old news.
    expect(await world.expiries()).toEqual([21_600, 61_600]);
    expect(world.told.webhooks).toEqual([world.webhook_id, world.webhook_id]);
  });

  it("tells it soon when the silence is ended by hand, and when its end is put forward", async () => {
    const world = await withWebhook(backend);
    const rule = await world.rule(WAITS);
    const ended = await world.silence("a", 0, 100_000);
    const shortened = await world.silence("b", 0, 100_000);
    await world.silence("c", 0, 100_000);
    await world.fire(rule, "a", "b", "c");
    await world.run(1000);
    expect(await world.log()).toEqual([]);
    await world.endSilence(ended, 1000);
    await world.run(1001);
    expect(await world.log()).toEqual(["1000 alert.fired: a"]);
    await world.endSilence(shortened, 1030);
    await world.run(1040);
    expect(await world.log()).toEqual(["1000 alert.fired: a", "1030 alert.fired: b"]);
    expect(await world.messages()).toEqual(["1000 alert.fired: a", "1030 alert.fired: b"]);
  });

  it("waits for the interval of the group, webhooks do not", async () => {
    const world = await withWebhook(backend);
    const rule = await world.rule({ ...WAITS, group_interval: "50s" });
    const silence = await world.silence("a", 0, 1000);
    const [a = ""] = await world.fire(rule, "a");
    await world.fire(rule, "b");
    await world.run(20);
    await world.endSilence(silence, 20);
    await world.run(30);
    expect(await world.log()).toEqual(["10 alert.fired: b"]);
    expect(await world.messages()).toEqual(["0 alert.fired: b", "20 alert.fired: a"]);
    // It stood when the silence ended, so it is told, although it is over by now.
    await world.resolve(a);
    await world.run(70);
    expect(await world.log()).toEqual(["10 alert.fired: b", "60 alert.fired: a"]);
    expect((await world.messages()).at(-1)).toBe("30 alert.resolved: a");
  });

  it("never tells what came and went while it was silenced", async () => {
    const world = await withWebhook(backend);
    const rule = await world.rule(WAITS);
    const silence = await world.silence("*", 0, 1000);
    const [a = "", b = ""] = await world.fire(rule, "a", "b");
    await world.flash(rule, "c");
    await world.run(20);
    await world.acknowledge(b);
    await world.resolve(a, b);
    await world.endSilence(silence, 20);
    await world.run(500);
    expect(await world.log()).not.toContain(expect.stringContaining("a"));
    expect(await world.messages()).toEqual([]);
    expect(await world.run()).toBeNull();
  });

  it("holds a notification back that waited when a silence began, and tells webhooks of its end", async () => {
    const world = await withWebhook(backend);
    const rule = await world.rule(WAITS);
    const [a = "", b = ""] = await world.fire(rule, "a", "b");
    await world.run(5);
    const silence = await world.silence("*", 5, 10_000);
    await world.run(100);
    expect(await world.log()).toEqual([]);
    await world.resolve(a);
    await world.run(120);
    await world.endSilence(silence, 120);
    await world.run(130);
    expect(await world.log()).toEqual(["120 alert.fired: b"]);
    await world.resolve(b);
    expect((await world.messages()).sort()).toEqual([
      "0 alert.fired: a",
      "0 alert.fired: b",
      "100 alert.resolved: a",
      "130 alert.resolved: b",
    ]);
  });

  it("tells webhooks of no acknowledgement of what they were not told of, later neither", async () => {
    const world = await withWebhook(backend);
    const rule = await world.rule(WAITS);
    const silence = await world.silence("a", 0, 1000);
    const [a = ""] = await world.fire(rule, "a");
    const [b = ""] = await world.fire(rule, "b");
    await world.run(20);
    await world.acknowledge(a, b);
    await world.run(100);
    await world.endSilence(silence, 100);
    await world.run(200);
    await world.resolve(a, b);
    expect((await world.messages()).sort()).toEqual([
      "0 alert.fired: b",
      "20 alert.acknowledged: b",
      "200 alert.resolved: b",
    ]);
  });

  it("does not make a new alert wait for a silence of another in its group", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    await world.silence("a", 0, 50_000);
    await world.fire(rule, "a");
    await world.run(100);
    await world.fire(rule, "b");
    await world.run(105);
    await world.fire(rule, "c");
    await world.run(115);
    expect(await world.log()).toEqual(["110 alert.fired: b, c"]);
  });

  it("does not look without end at what is silenced, or acknowledged, when a repeat is due", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule(WAITS);
    const [a = ""] = await world.fire(rule, "a");
    await world.fire(rule, "b");
    await world.run(20);
    await world.acknowledge(a);
    const silence = await world.silence("b", 20, 50_000);
    expect(await world.run(200)).toBeGreaterThan(200);
    await world.endSilence(silence, 200);
    // At the latest when it would have been looked at again.
    await world.run(500);
    expect((await world.log())[1]).toMatch(/^(2|3)\d\d alert.fired: b$/);
  });

  it("waits for the last of the silences, also for one that followed", async () => {
    const world = await tellingWorld(backend);
    await world.silence("a", 0, 40);
    await world.silence("*", 0, 60);
    await world.silence("a", 60, 90);
    await world.fire(await world.rule(WAITS), "a");
    await world.run(100);
    expect(await world.log()).toEqual(["90 alert.fired: a"]);
  });
});
