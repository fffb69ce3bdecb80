import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { notification_sends, notifications } from "../../../shared/db/schema/index.ts";
import { forgetNotifications } from "../../../shared/notifications/forget-notifications.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { notificationsApp } from "../../support/notifications-app.ts";

const DAY = 86_400_000;

describeOnEachBackend("old notifications", (backend) => {
  test("are removed after the days that are set, unread ones too, with their sends", async () => {
    const { ctx, clock, enter, tell } = notificationsApp(backend, { NOTIFICATIONS_KEEP_DAYS: "7" });
    const ann = await enter("trader");
    await tell(ann);
    clock.now += 3 * DAY;
    const kept = await tell(ann);
    clock.now += 4 * DAY - 1;
    await forgetNotifications(ctx);
    expect(await backend.db.select().from(notifications)).toHaveLength(2);
    clock.now += 2;
    await forgetNotifications(ctx);
    expect((await backend.db.select().from(notifications)).map(({ id }) => id)).toEqual([kept]);
    expect(
      new Set((await backend.db.select().from(notification_sends)).map((row) => row.notification_id)),
    ).toEqual(new Set([kept]));
  });

  test("go a bounded number at a time, the oldest first", async () => {
    const { ctx, clock, enter } = notificationsApp(backend, { NOTIFICATIONS_KEEP_DAYS: "1" });
    const ann = await enter("trader");
    await backend.db.execute(sql`
      insert into notifications (id, user_id, kind, level, title, body, cause, created_at)
      select 'ntf_' || lpad(to_hex((${clock.now}::bigint + n)), 12, '0') || repeat('a', 20), ${ann.id}, 'broadcast', 'info',
        't', 'b', n::text, to_timestamp((${clock.now}::bigint + n) / 1000.0)
      from generate_series(1, 5010) n`);
    clock.now += 2 * DAY;
    await forgetNotifications(ctx);
    const left = await backend.db.select({ cause: notifications.cause }).from(notifications);
    expect(left.map(({ cause }) => Number(cause)).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => 5001 + n),
    );
    await forgetNotifications(ctx);
    expect(await backend.db.select().from(notifications)).toEqual([]);
  });
});
