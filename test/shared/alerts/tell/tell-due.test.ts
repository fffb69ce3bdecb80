import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";

const WAITS = { group_wait: "10s", group_interval: "10s", repeat_interval: "1m" };

describeOnEachBackend("telling a user what is due", (backend) => {
  it("keeps groups of other labels, channels and users apart", async () => {
    const world = await tellingWorld(backend);
    const other = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_by: ["collection"] });
    await world.fire(rule, "a", "b", "a");
    await world.fire(await world.rule({ ...WAITS, group_by: ["collection"], channels: ["in_app"] }), "a");
    await other.fire(await other.rule({ ...WAITS, group_by: ["collection"] }), "a");
    await world.run(10);
    expect((await world.log()).sort()).toEqual([
      "10 alert.fired: a",
      "10 alert.fired: a, a",
      "10 alert.fired: b",
    ]);
    expect(await other.log()).toEqual([]);
  });

  it("tells more groups than one look takes", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, group_by: ["collection"] });
    await world.fire(rule, ...Array.from({ length: 21 }, (_, place) => `c${place}`));
    await world.run(10);
    expect((await world.log()).length).toBe(21);
  });

  it("tells nothing to a suspended owner until the account is active again", async () => {
    const world = await tellingWorld(backend);
    const rule = await world.rule({ ...WAITS, escalation: { after: "30s", channels: ["email"] } });
    await world.silence("held", 0, 20);
    await world.fire(rule, "a", "held");
    await world.suspend("suspended");
    expect(await world.run(500)).toBeNull();
    expect(await world.log()).toEqual([]);
    await world.suspend("active");
    await world.run(500);
    expect((await world.log())[0]).toBe("500 alert.fired: a, held");
  });

  it("forgets the groups of a user who is removed", async () => {
    const world = await tellingWorld(backend);
    await world.fire(await world.rule(WAITS), "a");
    await backend.db.execute(sql`delete from users where id = ${world.user_id}`);
    expect(await world.run(100)).toBeNull();
  });
});
