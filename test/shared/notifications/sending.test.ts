import { NeonDbError } from "@neondatabase/serverless";
import { eq, type SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import { expect, test } from "vitest";
import { notification_sends, users } from "../../../shared/db/schema/index.ts";
import { sendNotifications } from "../../../shared/notifications/send-notifications.ts";
import { sweepNotifications } from "../../../shared/notifications/sweep-notifications.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";

const SLACK = "https://hooks.slack.com/services/T0/B0/secret";
const HOUR = 3_600_000;

describeOnEachBackend("sending notifications", (backend) => {
  async function world(preferences: Record<string, unknown> = {}) {
    const app = notificationsApp(backend);
    const ann = await app.enter("trader");
    const wanted = { rules: [], quiet_hours: null, digest: null, ...preferences };
    const { status } = await app.ask(ann, "PUT", "/notification-preferences", wanted);
    expect(status).toBe(200);
    const send = async (...ids: (string | null)[]) =>
      sendNotifications(
        app.ctx,
        ids.filter((id) => id !== null),
      );
    /** What a tick finds and the queue then sends. */
    const tick = async () => {
      app.jobs.length = 0;
      await sweepNotifications(app.ctx);
      for (const job of app.jobs.splice(0))
        if (job.type === "send_notifications") await sendNotifications(app.ctx, job.notification_ids);
    };
    return { ...app, ann, send, tick };
  }

  test("goes by mail and chat where they are wanted, once, however many workers try", async () => {
    const { ann, tell, send, sends, mails, posted } = await world({ slack_url: SLACK });
    const id = await tell(ann, { title: "Floor <5> & falling" });
    await Promise.all([send(id), send(id), send(id)]);
    expect((await mails()).map(({ kind, to, subject }) => [kind, to, subject])).toEqual([
      ["notification", ann.email, "Floor <5> & falling"],
    ]);
    expect(posted).toEqual([
      { url: SLACK, body: { text: "*Floor &lt;5&gt; &amp; falling*\nThe floor fell." }, redirect: "manual" },
    ]);
    expect(await sends(id)).toMatchObject([
      { channel: "email", status: "sent", attempts: 1 },
      { channel: "slack", status: "sent", attempts: 1 },
    ]);
  });

  test("heeds the narrowest rule of a kind", async () => {
    const { ann, tell, sends } = await world({
      rules: [
        { kind: "*", channels: { email: false } },
        { kind: "webhook.*", channels: { email: true } },
        { kind: "webhook.failing", channels: { email: false } },
      ],
    });
    const channels = async (kind: "alert.fired" | "webhook.disabled" | "webhook.failing") =>
      (await sends(await tell(ann, { kind }))).map(({ channel }) => channel);
    expect(await channels("alert.fired")).toEqual([]);
    expect(await channels("webhook.disabled")).toEqual(["email"]);
    expect(await channels("webhook.failing")).toEqual([]);
  });

  test("waits for the end of quiet hours by the user's clocks, unless it is critical", async () => {
    const quiet_hours = { start: "22:00", end: "07:00", time_zone: "Europe/Vienna" };
    const { ann, clock, tell, tick, sends, mails } = await world({ quiet_hours });
    // The clocks are put forward in this night.
    clock.now = Date.parse("2026-03-28T22:30:00Z");
    const [calm, critical] = [await tell(ann), await tell(ann, { level: "critical" })];
    expect((await sends(calm)).map(({ due }) => due)).toEqual(["2026-03-29T05:00:00.000Z"]);
    await tick();
    expect((await sends(critical)).map(({ status }) => status)).toEqual(["sent"]);
    clock.now = Date.parse("2026-03-29T04:59:59Z");
    await tick();
    expect((await mails()).length).toBe(1);
    clock.now = Date.parse("2026-03-29T05:00:00Z");
    await tick();
    expect((await mails()).length).toBe(2);
  });

  test("makes one mail of a burst of one kind", async () => {
    const { ann, clock, tell, tick, mails } = await world({ digest: { window_s: 60 } });
    for (let made = 0; made < 30; made += 1) {
      await tell(ann);
      clock.now += 1000;
    }
    await tell(ann, { kind: "report.ready" });
    await tell(ann, { level: "critical", title: "At once" });
    await tick();
    expect((await mails()).map(({ subject }) => subject)).toEqual(["At once"]);
    clock.now += 60_000;
    await tick();
    await tick();
    const [, ...gathered] = await mails();
    expect(gathered.map(({ subject }) => subject).sort()).toEqual(["30 notifications: Alert 1", "Alert 31"]);
    expect(gathered.find(({ subject }) => subject.startsWith("30"))?.text).toContain(
      "10 more are in the list.",
    );
  });

  test("tries a chat that fails six times, later each time, and then no more", async () => {
    const { ann, chat, clock, tell, tick, posted, sends } = await world({
      slack_url: SLACK,
      rules: [{ kind: "*", channels: { email: false } }],
    });
    chat.status = 503;
    const id = await tell(ann);
    const waits: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      await tick();
      const [send] = await sends(id);
      if (send?.status !== "pending") break;
      waits.push((Date.parse(send.due) - clock.now) / 1000);
      clock.now = Date.parse(send.due);
    }
    expect(waits).toEqual([30, 120, 600, 1800, 7200]);
    expect(posted.length).toBe(6);
    expect(await sends(id)).toMatchObject([{ status: "failed", attempts: 6 }]);
  });

  test.each([404, 302])("gives up at once where a chat answers %i", async (status) => {
    const { ann, chat, tell, tick, posted, sends } = await world({
      slack_url: SLACK,
      rules: [{ kind: "*", channels: { email: false } }],
    });
    chat.status = status;
    const id = await tell(ann);
    await tick();
    await tick();
    expect(posted.length).toBe(1);
    expect(await sends(id)).toMatchObject([{ status: "failed" }]);
  });

  test.each([
    ["whose account was suspended", { status: "suspended" as const }, "the account is suspended"],
    ["who lost the permission", { role: "viewer" as const }, "the account does not hold webhooks:read"],
  ])("by mail and chat goes to nobody %s meanwhile, and not later either", async (_who, change, why) => {
    const rules = [{ kind: "*", channels: { email: true } }];
    const { ann, ctx, tell, tick, posted, mails } = await world({ slack_url: SLACK, rules });
    await tell(ann, { kind: "webhook.failing" });
    await ctx.db.update(users).set(change).where(eq(users.id, ann.id));
    await tick();
    expect([posted, await mails()]).toEqual([[], []]);
    expect(await ctx.db.select().from(notification_sends)).toMatchObject([
      { status: "skipped", last_error: why },
      { status: "skipped", last_error: why },
    ]);
    await ctx.db.update(users).set({ status: "active", role: "trader" }).where(eq(users.id, ann.id));
    await tick();
    expect([posted, await mails()]).toEqual([[], []]);
  });

  test("is sent once, and at once, where the answer to the claim or to the note is lost", async () => {
    const { ann, ctx, tell, posted, sends } = await world({ slack_url: SLACK });
    const id = (await tell(ann)) ?? "";
    // Carries out what it is asked, and loses the answer to the first of each kind that changes a send.
    const lost = new Set<string>();
    const db = new Proxy(ctx.db, {
      get: (target, name, receiver) =>
        name !== "execute"
          ? Reflect.get(target, name, receiver)
          : async (query: SQL) => {
              const answer = await target.execute(query);
              const { sql: text } = new PgDialect().sqlToQuery(query);
              const kind = /^\s*update notification_sends(?:\s+s\s)?/.exec(text)?.[0];
              if (kind === undefined || lost.has(kind)) return answer;
              lost.add(kind);
              throw new NeonDbError("the answer was lost");
            },
    });
    await sendNotifications({ ...ctx, db }, [id]);
    expect(lost.size).toBe(2);
    expect(posted).toHaveLength(1);
    expect(await sends(id)).toMatchObject([
      { channel: "email", status: "sent", attempts: 1 },
      { channel: "slack", status: "sent", attempts: 1 },
    ]);
  });

  test("shows on devices by the next tick what was committed and not shown, once", async () => {
    const { ann, clock, tell, tick, told } = await world();
    const id = await tell(ann);
    clock.now += 20_000;
    await tick();
    await tick();
    expect(told).toMatchObject([{ user_id: ann.id, event: { kind: "notification", id } }]);
  });

  test("takes anew what a worker left behind, when its lease has run out", async () => {
    const { ann, ctx, clock, tell, tick, sends, mails } = await world();
    const id = await tell(ann);
    const dying = { ...ctx, transact: () => new Promise<never>(() => {}) };
    void sendNotifications(dying, [id ?? ""]);
    await expect.poll(() => sends(id)).toMatchObject([{ status: "pending", attempts: 1 }]);
    await tick();
    expect(await mails()).toEqual([]);
    clock.now += HOUR;
    await tick();
    expect((await mails()).length).toBe(1);
    expect(await sends(id)).toMatchObject([{ status: "sent", attempts: 2 }]);
  });
});
