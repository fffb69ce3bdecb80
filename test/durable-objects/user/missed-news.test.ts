import { expect, test } from "vitest";
import { EventLog } from "../../../durable-objects/room/event-log.ts";
import { MissedNews } from "../../../durable-objects/user/missed-news.ts";
import { USER_STORAGE } from "../../../durable-objects/user/storage.ts";
import { UserLog } from "../../../durable-objects/user/user-log.ts";
import { readNews } from "../../../shared/activity/read-news.ts";
import { UserEvent, type UserEventInput } from "../../../shared/contracts/user-room.ts";
import {
  activity_events,
  alert_transitions,
  alerts,
  notifications,
  tasks,
} from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";
import { fixedClock } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";
import { insertUser } from "../../support/webhooks.ts";

describeOnEachBackend("what a user's room was never told", (backend) => {
  async function aRoom() {
    const clock = fixedClock();
    const sql = memorySql();
    const user_id = await insertUser(backend.db);
    const user = new UserLog(sql, EventLog.create(sql, USER_STORAGE, "ep_1"), user_id, clock.now);
    const open = () =>
      new MissedNews({ sql, user, now: clock.now, read: (span) => readNews(backend.db, user_id, span) });
    const missed = open();
    const syncs = () =>
      user.log
        .page(0, 1000)
        .map((body) => UserEvent.parse(JSON.parse(body)))
        .flatMap((event) => (event.kind === "sync" ? [event.data] : []));
    const writer = (backend: Backend) => {
      const at = () => isoTime(clock.now());
      return {
        activity: (id: string, occurred_at = at()) =>
          backend.db
            .insert(activity_events)
            .values({ id, user_id, type: "search", data: {}, occurred_at, created_at: at() }),
        task: (id: string, revision: number) =>
          backend.db.insert(tasks).values({
            ...{ id, user_id, revision, kind: "import", title: "t", status: "running" as const },
            ...{ created_at: at(), updated_at: at() },
          }),
        notification: (id: string) =>
          backend.db.insert(notifications).values({
            ...{ id, user_id, kind: "system", level: "info" as const, title: "t", body: "b", cause: id },
            created_at: at(),
          }),
        alert: async (id: string) => {
          await backend.db.insert(alerts).values({
            ...{ id, user_id, rule_id: "rul_1", fingerprint: id, labels: {}, name: "n", metric: "m" },
            ...{ level: "info" as const, condition: "value" as const, state: "active" as const },
            ...{ health: "ok" as const, message: "m", started_at: at(), created_at: at(), updated_at: at() },
          });
          await backend.db.insert(alert_transitions).values({
            ...{ alert_id: id, number: 1, to_state: "active", at: at(), recorded_at: at(), reason: "r" },
          });
        },
      };
    };
    const told = (id: string): UserEventInput => ({
      kind: "notification",
      id,
      at: isoTime(clock.now()),
      data: {},
    });
    return { clock, user, missed, open, syncs, write: writer(backend), told };
  }

  test("is found whatever it is, and its devices are asked once to read it again", async () => {
    const { clock, missed, syncs, write } = await aRoom();
    clock.advance(60_000);
    const since = isoTime(clock.now() - 3_600_000);
    await write.activity("act_1", since);
    await write.task("tsk_1", 3);
    await write.notification("ntf_1");
    await write.alert("alr_1");
    clock.advance(60_000);
    expect(await missed.check()).toBe(true);
    expect(syncs()).toEqual([{ scopes: ["activity", "alerts", "notifications", "tasks"], since }]);
    clock.advance(60_000);
    expect(await missed.check()).toBe(false);
  });

  test("is nothing where the room was told, also late, or where the writer may still tell it", async () => {
    const { clock, user, missed, syncs, write, told } = await aRoom();
    clock.advance(60_000);
    await write.notification("ntf_1");
    user.publish([told("ntf_1")]);
    clock.advance(30_000);
    await write.notification("ntf_2");
    clock.advance(5000);
    expect(await missed.check()).toBe(false);
    user.publish([told("ntf_2")]);
    clock.advance(60_000);
    expect(await missed.check()).toBe(false);
    expect(syncs()).toEqual([]);
  });

  test("is found though it was committed long after its time, or while nobody was connected", async () => {
    const { clock, missed, open, syncs, write } = await aRoom();
    clock.advance(120_000);
    const slow = isoTime(clock.now());
    clock.advance(60_000);
    expect(await missed.check()).toBe(false);
    await write.activity("act_slow", slow);
    const { db } = backend;
    await db.update(activity_events).set({ created_at: slow });
    clock.advance(10_000);
    expect(await missed.check()).toBe(true);
    clock.advance(3_600_000);
    await write.notification("ntf_away");
    clock.advance(3 * 3_600_000);
    const after = open();
    expect(after.isLate).toBe(true);
    expect(await after.check()).toBe(true);
    expect(syncs().map(({ scopes }) => scopes)).toEqual([["activity"], ["notifications"]]);
  });
});
