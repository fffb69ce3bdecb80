import { eq, sql } from "drizzle-orm";
import type { JobEnvelope } from "../../shared/contracts/jobs.ts";
import type { UserEventInput } from "../../shared/contracts/user-room.ts";
import { TimeColumn } from "../../shared/db/instant.ts";
import { notification_sends } from "../../shared/db/schema/index.ts";
import { type NewNotification, notify } from "../../shared/notifications/notify.ts";
import { createApp } from "../../shared/platform/http/app.ts";
import { pushApp } from "../../workers/activity/notifications/push-routes.ts";
import { notificationsApp as listApp } from "../../workers/activity/notifications/routes.ts";
import { notificationSettingsApp } from "../../workers/activity/notifications/settings-routes.ts";
import { accountApp, type Somebody } from "./account-app.ts";
import type { Backend } from "./each-backend.ts";

/** The notifications' routes over a real database, with rooms, the queue and chats that are lists. */
export function notificationsApp(backend: Backend, settings: Record<string, string> = {}) {
  const routes = createApp();
  routes.route("/", listApp);
  routes.route("/", notificationSettingsApp);
  routes.route("/", pushApp);
  const app = accountApp(backend, routes, { WEBHOOK_DNS_URL: "off", ...settings });
  const told: { user_id: string; event: UserEventInput }[] = [];
  const jobs: JobEnvelope["job"][] = [];
  const posted: { url: string; body: unknown; redirect: string | undefined }[] = [];
  const work: Promise<unknown>[] = [];
  /** What chats answer. */
  const chat = { status: 200 };
  Object.assign(app.ctx, {
    rooms: {
      user: (user_id: string) => ({
        publish: async (events: UserEventInput[]) =>
          void told.push(...events.map((event) => ({ user_id, event }))),
      }),
    },
    queue: { send: async ({ job }: JobEnvelope) => void jobs.push(job) },
    later: (promise: Promise<unknown>) => void work.push(promise),
    fetch: async (url: string, init: RequestInit) => {
      posted.push({ url, body: JSON.parse(String(init.body)), redirect: init.redirect });
      return new Response("ok", { status: chat.status });
    },
  });
  let causes = 0;
  return {
    ...app,
    told,
    jobs,
    posted,
    chat,
    settled: () => Promise.all(work),
    /** Tells somebody that an alert fired, unless `given` says something else. */
    tell(who: Pick<Somebody, "id">, given: Partial<NewNotification> = {}) {
      causes += 1;
      app.clock.now += 1;
      return app.ctx.transact((tx) =>
        notify(tx, app.ctx, {
          user_id: who.id,
          kind: "alert.fired",
          level: "info",
          title: `Alert ${causes}`,
          body: "The floor fell.",
          cause: `cause:${causes}`,
          ...given,
        }),
      );
    },
    /** Sends of a notification, by channel. */
    async sends(id: string | null) {
      const rows = await backend.db
        .select()
        .from(notification_sends)
        .where(id === null ? sql`false` : eq(notification_sends.notification_id, id))
        .orderBy(notification_sends.channel);
      return rows.map(({ channel, status, attempts, due_at }) => ({
        channel,
        status,
        attempts,
        due: TimeColumn.parse(due_at),
      }));
    },
  };
}
