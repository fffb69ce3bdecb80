import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { z } from "zod";
import type { JobEnvelope } from "../../../shared/contracts/jobs.ts";
import { NotificationCreatedData } from "../../../shared/contracts/webhook-data.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { sendNotifications } from "../../../shared/notifications/send-notifications.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";
import { insertWebhook } from "../../support/webhooks.ts";

const Offered = z.object({ webhook_id: z.string(), type: z.string(), data: NotificationCreatedData });

describeOnEachBackend("offering notifications to webhooks", (backend) => {
  function world() {
    const app = notificationsApp(backend);
    const woken: string[] = [];
    Object.assign(app.ctx, {
      deliveries: {
        send: async ({ job }: JobEnvelope) =>
          void (job.type === "deliver_webhooks" && woken.push(...job.webhooks)),
      },
    });
    const endpoint = async (who: { id: string }, ...event_types: string[]) => {
      const topics = event_types.map((event_type) => ({ event_type, collection: "*" }));
      const given = { user_id: who.id, url: "https://hooks.example.com/", topics };
      return (await insertWebhook(backend.db, app.ctx.seal, given)).id;
    };
    const offered = () =>
      readRows(
        backend.db,
        sql`select d.webhook_id, m.type, m.data from deliveries d join messages m on m.id = d.message_id
          order by m.id, d.webhook_id`,
        Offered,
      );
    return { ...app, woken, endpoint, offered };
  }

  test("goes to the endpoints of its user that asked for it, once, and wakes them", async () => {
    const { ctx, enter, tell, endpoint, offered, woken } = world();
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const wanting = [
      await endpoint(ann, "notification.created"),
      await endpoint(ann, "notification.*", "notification.created"),
    ];
    await endpoint(ann, "alert.fired");
    await endpoint(bob, "notification.*");
    const id = await tell(ann, { cause: "one", data: { rule: "r1" } });
    expect(await tell(ann, { cause: "one" })).toBeNull();
    expect(await offered()).toEqual(
      wanting.toSorted().map((webhook_id) => ({
        webhook_id,
        type: "notification.created",
        data: {
          ...{ id, kind: "alert.fired", level: "info", title: "Alert 1", body: "The floor fell." },
          data: { rule: "r1" },
          created_at: expect.stringMatching(/Z$/),
        },
      })),
    );
    await sendNotifications(ctx, [id ?? ""]);
    expect(woken.toSorted()).toEqual(wanting.toSorted());
  });

  test("is not offered where it is about a webhook, whatever the cause asks for", async () => {
    const { enter, tell, endpoint, offered } = world();
    const ann = await enter("trader");
    await endpoint(ann, "notification.*");
    for (const kind of ["webhook.failing", "webhook.disabled"] as const) {
      await tell(ann, { kind });
      await tell(ann, { kind, channels: ["webhook", "in_app"] });
    }
    expect(await offered()).toEqual([]);
    await tell(ann, { kind: "report.ready" });
    expect(await offered()).toHaveLength(1);
  });

  test("heeds the preferences, and a cause that names its channels", async () => {
    const { enter, ask, tell, endpoint, offered } = world();
    const ann = await enter("trader");
    await endpoint(ann, "notification.created");
    const rules = [{ kind: "task.*", channels: { webhook: false } }];
    const put = { rules, quiet_hours: null, digest: null };
    expect((await ask(ann, "PUT", "/notification-preferences", put)).status).toBe(200);
    await tell(ann, { kind: "task.finished" });
    await tell(ann, { kind: "alert.fired", channels: ["in_app"] });
    expect(await offered()).toEqual([]);
    const named = await tell(ann, { kind: "task.finished", channels: ["webhook"] });
    expect((await offered()).map(({ data }) => data.id)).toEqual([named]);
    expect((await ask(ann, "GET", "/notifications?archived=true")).body).toMatchObject({
      data: [{ id: named }],
    });
  });
});
