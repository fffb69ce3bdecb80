import { afterAll, beforeAll, expect, test } from "vitest";
import { newPushKey } from "../../../../scripts/local/dev-vars.ts";
import { push_subscriptions } from "../../../../shared/db/schema/index.ts";
import { sendNotifications } from "../../../../shared/notifications/send-notifications.ts";
import { sweepNotifications } from "../../../../shared/notifications/sweep-notifications.ts";
import { MOST_DEVICES } from "../../../../workers/activity/notifications/subscribe.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { notificationsApp } from "../../../support/notifications-app.ts";
import {
  type PushService,
  type Subscriber,
  startPushService,
  verifyVapid,
} from "../../../support/push-service.ts";

const ONLY_PUSH = [{ kind: "*", channels: { email: false } }];

describeOnEachBackend("pushing notifications", (backend) => {
  let service: PushService;
  beforeAll(async () => {
    service = await startPushService();
  });
  afterAll(() => service.stop());

  async function world(preferences: Record<string, unknown> = {}) {
    const settings = { VAPID_PRIVATE_KEY: newPushKey(), WEBHOOK_ALLOW_LOCAL: "on" };
    const app = notificationsApp(backend, settings);
    Object.assign(app.ctx, { fetch });
    const ann = await app.enter("trader");
    const wanted = { rules: ONLY_PUSH, quiet_hours: null, digest: null, ...preferences };
    expect((await app.ask(ann, "PUT", "/notification-preferences", wanted)).status).toBe(200);
    const subscribe = async (who = ann): Promise<Subscriber & { id: string }> => {
      const browser = service.subscribe();
      const { status, body } = await app.ask(who, "POST", "/push-subscriptions", browser.subscription);
      expect(status).toBe(201);
      return Object.assign(browser, { id: String(body.id) });
    };
    /** What a tick finds and the queue then sends. */
    const tick = async () => {
      app.jobs.length = 0;
      await sweepNotifications(app.ctx);
      for (const job of app.jobs.splice(0))
        if (job.type === "send_notifications") await sendNotifications(app.ctx, job.notification_ids);
    };
    const devices = async () => (await app.ask(ann, "GET", "/push-subscriptions")).body.data;
    return { ...app, ann, subscribe, tick, devices };
  }

  test("reaches every browser of its user once, encrypted and signed, however many workers try", async () => {
    const { ctx, clock, ann, enter, subscribe, tell, sends, devices } = await world();
    const bob = await enter("viewer");
    const [one, two, other] = [await subscribe(), await subscribe(), await subscribe(bob)];
    const id = await tell(ann, { level: "critical", title: "Floor 5 Ξ" });
    await Promise.all([1, 2, 3].map(() => sendNotifications(ctx, [id ?? ""])));
    expect([one.requests, two.requests, other.requests]).toEqual([1, 1, 0]);
    const [pushed] = one.pushed;
    expect(pushed?.message).toEqual({
      id,
      kind: "alert.fired",
      level: "critical",
      title: "Floor 5 Ξ",
      body: "The floor fell.",
      at: expect.any(String),
    });
    expect(pushed?.headers).toMatchObject({
      "content-encoding": "aes128gcm",
      urgency: "high",
      ttl: "259200",
      topic: id?.slice(4),
    });
    const claims = await verifyVapid(pushed?.headers.authorization, new Date(clock.now));
    expect(claims.aud).toBe(service.url);
    expect(await sends(id)).toMatchObject([{ status: "sent" }, { status: "sent" }]);
    expect(await devices()).toMatchObject([
      { id: one.id, last_used_at: expect.any(String) },
      { id: two.id, last_used_at: expect.any(String) },
    ]);
  });

  test.each([404, 410])(
    "removes a browser of which the push service answers %i, and no other",
    async (status) => {
      const { ann, subscribe, tell, tick, sends, devices } = await world();
      const [gone, here] = [await subscribe(), await subscribe()];
      gone.answer = { status };
      const id = await tell(ann);
      await tick();
      await tick();
      expect([gone.requests, here.pushed.length]).toEqual([1, 1]);
      expect(await devices()).toMatchObject([{ id: here.id }]);
      expect((await sends(id)).map(({ status }) => status).sort()).toEqual(["sent", "skipped"]);
      const next = await tell(ann);
      expect((await sends(next)).map(({ channel }) => channel)).toEqual([`push:${here.id}`]);
    },
  );

  test.each([
    [{ status: 500 }, 30],
    [{ status: 429 }, 30],
    [{ status: 429, headers: { "retry-after": "90" } }, 90],
    [{ status: 503, headers: { "retry-after": "999999999" } }, 6 * 3600],
  ])("tries again after %j in %i s, and tells no browser twice", async (answer, wait_s) => {
    const { clock, ann, subscribe, tell, tick, sends } = await world();
    const [failing, fine] = [await subscribe(), await subscribe()];
    failing.answer = answer;
    const id = await tell(ann);
    await tick();
    const waiting = (await sends(id)).find(({ status }) => status === "pending");
    expect(Date.parse(waiting?.due ?? "") - clock.now).toBe(wait_s * 1000);
    failing.answer = { status: 201 };
    clock.now += wait_s * 1000 - 1;
    await tick();
    expect(failing.pushed).toEqual([]);
    clock.now += 1;
    await tick();
    await tick();
    expect([failing.pushed.length, failing.requests, fine.requests]).toEqual([1, 2, 1]);
  });

  test("gives up at once where a push service refuses, keeps the browser, and follows no redirect", async () => {
    const { ann, subscribe, tell, tick, sends, devices } = await world();
    const [refusing, leading, target] = [await subscribe(), await subscribe(), service.subscribe()];
    refusing.answer = { status: 403 };
    leading.answer = { status: 307, headers: { location: target.subscription.endpoint } };
    const id = await tell(ann);
    await tick();
    await tick();
    expect([refusing.requests, leading.requests, target.requests]).toEqual([1, 1, 0]);
    expect(await sends(id)).toMatchObject([{ status: "failed" }, { status: "failed" }]);
    expect(await devices()).toHaveLength(2);
  });

  test("waits for the end of quiet hours, and goes by the preferences or by what its cause names", async () => {
    const quiet_hours = { start: "22:00", end: "07:00", time_zone: "UTC" };
    const rules = [{ kind: "*", channels: { email: false, push: false } }];
    const { clock, ann, subscribe, tell, sends } = await world({ quiet_hours, rules });
    clock.now = Date.parse("2026-06-01T23:00:00Z");
    const { id: browser } = await subscribe();
    expect(await sends(await tell(ann))).toEqual([]);
    const named = await tell(ann, { channels: ["push", "email", "slack"] });
    const [email, push, ...more] = await sends(named);
    expect([email?.channel, push?.channel, more]).toEqual(["email", `push:${browser}`, []]);
    expect(push?.due).toBe("2026-06-02T07:00:00.000Z");
    const critical = await tell(ann, { channels: ["push"], level: "critical" });
    expect(Date.parse((await sends(critical))[0]?.due ?? "")).toBeLessThanOrEqual(clock.now);
  });

  test("asks nobody for a browser that was removed or has expired, nor without a key", async () => {
    const { ctx, clock, ann, ask, subscribe, tell, tick, sends, devices } = await world();
    const removed = await subscribe();
    const id = await tell(ann);
    expect((await ask(ann, "DELETE", `/push-subscriptions/${removed.id}`)).status).toBe(204);
    await tick();
    expect(removed.requests).toBe(0);
    expect(await sends(id)).toMatchObject([{ status: "skipped" }]);
    const expiring = service.subscribe();
    const ends = { ...expiring.subscription, expirationTime: clock.now + 60_000 };
    expect((await ask(ann, "POST", "/push-subscriptions", ends)).status).toBe(201);
    await tell(ann);
    clock.now += 60_000;
    await tick();
    expect([expiring.requests, await devices()]).toEqual([0, []]);
    const here = await subscribe();
    const last = await tell(ann);
    Object.assign(ctx.config, { VAPID_PRIVATE_KEY: undefined });
    await tick();
    expect(here.requests).toBe(0);
    expect(await sends(last)).toMatchObject([{ status: "skipped" }]);
  });

  test("sends all of a crowd, a bounded number a job", async () => {
    const { ctx, ann, jobs, subscribe, tell } = await world();
    const browsers: Awaited<ReturnType<typeof subscribe>>[] = [];
    while (browsers.length < MOST_DEVICES) browsers.push(await subscribe());
    const ids: string[] = [];
    while (ids.length < 8) ids.push((await tell(ann)) ?? "");
    const pushed = () => browsers.flatMap((browser) => browser.pushed);
    await sendNotifications(ctx, ids);
    expect(pushed().length).toBe(150);
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift())
      if (job.type === "send_notifications") await sendNotifications(ctx, job.notification_ids);
    expect(pushed().length).toBe(160);
    for (const browser of browsers)
      expect(new Set(browser.pushed.map(({ message }) => message.id))).toEqual(new Set(ids));
  });

  test("keeps nothing by which a browser can be written to in clear", async () => {
    const { subscribe, devices } = await world();
    const { subscription } = await subscribe();
    const secrets = [
      subscription.keys.auth,
      subscription.keys.p256dh,
      new URL(subscription.endpoint).pathname,
    ];
    const kept = JSON.stringify([await backend.db.select().from(push_subscriptions), await devices()]);
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });
});
