import { expect, test } from "vitest";
import { audit_log, notification_preferences, notifications } from "../../../shared/db/schema/index.ts";
import { runBroadcastJob } from "../../../shared/notifications/broadcast.ts";
import { deliverNotificationsSoon } from "../../../shared/notifications/deliver-soon.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";

const DISCORD = "https://discord.com/api/webhooks/1234567890/SecretSecretSecretSecret";
const TELEGRAM = { bot_token: "123456:SecretSecretSecretSecretSecretSecret", chat_id: "-1001234567890" };
const PREFERENCES = { rules: [], quiet_hours: null, digest: null };

describeOnEachBackend("notifications", (backend) => {
  test("a user is told of one cause once, and another user of the same cause too", async () => {
    const { enter, tell, ask } = notificationsApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const first = await tell(ann, { cause: "alert:1", data: { rule: "r1" } });
    const again = await Promise.all([1, 2, 3].map(() => tell(ann, { cause: "alert:1" })));
    expect(again).toEqual([null, null, null]);
    expect(await tell(bob, { cause: "alert:1" })).toMatch(/^ntf_/);
    const { body } = await ask(ann, "GET", "/notifications");
    expect(body).toMatchObject({
      data: [{ id: first, kind: "alert.fired", data: { rule: "r1" }, read_at: null, archived_at: null }],
      unread_count: 1,
      next_cursor: null,
    });
  });

  test("the list goes on where a page ended, and shows what its filters name", async () => {
    const { enter, tell, ask } = notificationsApp(backend);
    const ann = await enter("trader");
    const ids: (string | null)[] = [];
    for (let made = 0; made < 5; made += 1) ids.unshift(await tell(ann));
    const other = await tell(ann, { kind: "task.finished" });
    const idsOf = async (query: string) => {
      const { body } = await ask(ann, "GET", `/notifications${query}`);
      const data = Array.isArray(body.data) ? body.data : [];
      return { ids: data.map(({ id }) => id), next: body.next_cursor, unread: body.unread_count };
    };
    expect((await idsOf("?kind=task.finished")).ids).toEqual([other]);
    const first = await idsOf("?kind=alert.fired&limit=3");
    expect(first.ids).toEqual(ids.slice(0, 3));
    const second = await idsOf(`?kind=alert.fired&limit=3&cursor=${first.next}`);
    expect([second.ids, second.next]).toEqual([ids.slice(3), null]);
    await ask(ann, "POST", `/notifications/${ids[0]}/read`);
    await ask(ann, "POST", `/notifications/${ids[1]}/archive`);
    expect((await idsOf("?unread=false")).ids).toEqual([ids[0]]);
    expect((await idsOf("?archived=true")).ids).toEqual([ids[1]]);
    expect(await idsOf("?unread=true")).toMatchObject({ ids: [other, ...ids.slice(2)], unread: 4 });
    expect((await ask(ann, "GET", "/notifications?read=true")).status).toBe(422);
  });

  test("a mark stays as it was set first, is told to the other devices, and is its user's alone", async () => {
    const { enter, tell, ask, told, settled } = notificationsApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("super_admin")];
    const id = await tell(ann);
    const read = await ask(ann, "POST", `/notifications/${id}/read`);
    expect(read.body).toMatchObject({ id, read_at: expect.any(String) });
    expect((await ask(ann, "POST", `/notifications/${id}/read`)).body.read_at).toBe(read.body.read_at);
    expect((await ask(ann, "POST", `/notifications/${id}/unread`)).body.read_at).toBeNull();
    for (const mark of ["read", "unread", "archive"])
      expect((await ask(bob, "POST", `/notifications/${id}/${mark}`)).status).toBe(404);
    await tell(bob);
    await tell(ann);
    expect((await ask(ann, "POST", "/notifications/read-all")).body).toEqual({ read: 2 });
    expect((await ask(bob, "GET", "/notifications")).body.unread_count).toBe(1);
    await settled();
    expect(new Set(told.map(({ user_id }) => user_id))).toEqual(new Set([ann.id]));
    expect(told.every(({ event }) => event.kind === "sync")).toBe(true);
  });

  test("devices are shown a new one, and not one that is not wanted in the app", async () => {
    const { ctx, enter, tell, ask, told, jobs, settled } = notificationsApp(backend);
    const ann = await enter("trader");
    const rules = [{ kind: "task.*", channels: { in_app: false } }];
    expect((await ask(ann, "PUT", "/notification-preferences", { ...PREFERENCES, rules })).status).toBe(200);
    const [shown, hidden] = [await tell(ann), await tell(ann, { kind: "task.finished" })];
    const ids = [shown, hidden].filter((id) => id !== null);
    deliverNotificationsSoon(ctx, ids);
    await settled();
    expect(told).toMatchObject([
      { user_id: ann.id, event: { kind: "notification", id: shown, data: { title: "Alert 1" } } },
    ]);
    expect(jobs).toEqual([{ type: "send_notifications", notification_ids: ids }]);
    expect((await ask(ann, "GET", "/notifications")).body).toMatchObject({
      data: [{ id: shown }],
      unread_count: 1,
    });
  });

  test("preferences are changed from the revision that was read, and their chat address is not shown", async () => {
    const { enter, ask } = notificationsApp(backend);
    const ann = await enter("trader");
    const before = await ask(ann, "GET", "/notification-preferences");
    expect(before.body).toEqual({ ...PREFERENCES, slack: null, discord: null, telegram: null, revision: 0 });
    const wanted = {
      rules: [{ kind: "webhook.*", channels: { email: true } }],
      quiet_hours: { start: "22:00", end: "07:00", time_zone: "Europe/Vienna" },
      digest: { window_s: 60 },
    };
    const put = (body: unknown, tag: string) =>
      ask(ann, "PUT", "/notification-preferences", body, { "if-match": tag });
    const slack_url = "https://hooks.slack.com/services/T0/B0/secret";
    const after = await put(
      { ...wanted, slack_url, discord_url: DISCORD, telegram: TELEGRAM },
      before.headers.get("etag") ?? "",
    );
    expect(after.body).toEqual({
      ...wanted,
      ...{ slack: { host: "hooks.slack.com" }, discord: { host: "discord.com" } },
      ...{ telegram: { bot: "123456", chat_id: "-1001234567890" }, revision: 1 },
    });
    expect((await put(PREFERENCES, '"0"')).status).toBe(412);
    const kept = await put(PREFERENCES, '"1"');
    expect(kept.body).toMatchObject({
      slack: { host: "hooks.slack.com" },
      telegram: { bot: "123456" },
      revision: 2,
    });
    expect((await put({ ...PREFERENCES, slack_url: null }, '"2"')).body.slack).toBeNull();
    expect((await put({ ...PREFERENCES, telegram: null }, '"3"')).body).toMatchObject({
      ...{ telegram: null, discord: { host: "discord.com" } },
    });
    expect(JSON.stringify(await backend.db.select().from(audit_log))).not.toMatch(/secret/i);
    expect(JSON.stringify(await backend.db.select().from(notification_preferences))).not.toMatch(/secret/i);
  });

  test.each([
    [{ rules: [{ kind: "webhook.never", channels: { email: true } }] }, "/rules/0/kind"],
    [{ rules: [{ kind: "*", channels: {} }] }, "/rules/0/channels"],
    [
      { quiet_hours: { start: "22:00", end: "07:00", time_zone: "Europe/Nowhere" } },
      "/quiet_hours/time_zone",
    ],
    [{ quiet_hours: { start: "24:00", end: "07:00", time_zone: "UTC" } }, "/quiet_hours/start"],
    [{ quiet_hours: { start: "07:00", end: "07:00", time_zone: "UTC" } }, "/quiet_hours/end"],
    [{ digest: { window_s: 5 } }, "/digest/window_s"],
    [{ slack_url: "https://169.254.169.254/latest" }, "/slack_url"],
    [{ slack_url: "http://hooks.slack.com/services" }, "/slack_url"],
    [{ discord_url: DISCORD.replace("discord.com", "discord.com.example.org") }, "/discord_url"],
    [{ discord_url: DISCORD.replace("webhooks", "channels") }, "/discord_url"],
    [{ discord_url: DISCORD.replace("https", "http") }, "/discord_url"],
    [{ telegram: { ...TELEGRAM, bot_token: "123456:short" } }, "/telegram/bot_token"],
    [{ telegram: { ...TELEGRAM, bot_token: `${TELEGRAM.bot_token}/../x` } }, "/telegram/bot_token"],
    [{ telegram: { ...TELEGRAM, chat_id: "a chat" } }, "/telegram/chat_id"],
  ])("preferences of %j are refused", async (given, pointer) => {
    const { enter, ask } = notificationsApp(backend);
    const ann = await enter("trader");
    const answer = await ask(ann, "PUT", "/notification-preferences", { ...PREFERENCES, ...given });
    expect([answer.status, answer.body.errors]).toMatchObject([422, [{ pointer }]]);
  });

  test("a broadcast reaches every active user once, a chunk a job, however often it is sent", async () => {
    const { ctx, enter, ask, jobs } = notificationsApp(backend);
    const [admin, ann] = [await enter("admin"), await enter("viewer")];
    await enter("trader", { status: "suspended" });
    const words = { title: "Maintenance", body: "At noon.", cause: "maintenance-1" };
    expect((await ask(ann, "POST", "/notifications/broadcast", words)).status).toBe(403);
    for (let sent = 0; sent < 2; sent += 1) {
      expect((await ask(admin, "POST", "/notifications/broadcast", words)).status).toBe(202);
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift())
        if (job.type === "broadcast") await runBroadcastJob(ctx, job);
    }
    const rows = await backend.db.select().from(notifications);
    expect(rows.map(({ user_id }) => user_id).sort()).toEqual([admin.id, ann.id].sort());
    expect(rows[0]).toMatchObject({
      kind: "broadcast",
      title: "Maintenance",
      cause: "broadcast:maintenance-1",
    });
  });
});
