import { Notification } from "../../../shared/contracts/notifications.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { listNotifications } from "./list-notifications.ts";
import { type Mark, markAllRead, markNotification } from "./mark-notifications.ts";
import { AllRead, NotificationPage, NotificationParams, NotificationsQuery } from "./schema.ts";

export const notificationsApp = createApp();

notificationsApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/notifications",
      operationId: "listNotifications",
      tags: ["notifications"],
      summary: "One's notifications, newest first",
      description: "Newest first, with how many are unread.",
      request: { query: NotificationsQuery },
      responses: {
        200: { description: "A page", content: { "application/json": { schema: NotificationPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listNotifications(c.get("ctx"), c.req.valid("query")), 200),
);

notificationsApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "post",
      path: "/notifications/read-all",
      operationId: "readAllNotifications",
      tags: ["notifications"],
      summary: "Mark all of one's notifications as read",
      description: "The answer says how many were unread. The other devices of the user hear of it.",
      responses: {
        200: { description: "How many were", content: { "application/json": { schema: AllRead } } },
      },
    },
  ),
  async (c) => c.json({ read: await markAllRead(c.get("ctx")) }, 200),
);

const MARKS = {
  read: ["Mark a notification as read", "Again changes nothing."],
  unread: ["Mark a notification as unread again", "Again changes nothing."],
  archive: ["Put a notification away", "It is listed with `archived=true` only."],
} as const satisfies Record<Mark, readonly [summary: string, description: string]>;

function defineMark(mark: Mark): void {
  const [summary, description] = MARKS[mark];
  notificationsApp.openapi(
    defineRoute(
      { access: { kind: "permission", permission: "activity:read" } },
      {
        method: "post",
        path: `/notifications/{id}/${mark}`,
        operationId: `${mark}Notification`,
        tags: ["notifications"],
        summary,
        description: `${description} The other devices of the user hear of it.`,
        request: { params: NotificationParams },
        responses: {
          200: {
            description: "The notification as it is now",
            content: { "application/json": { schema: Notification } },
          },
          ...problems(404, 422),
        },
      },
    ),
    async (c) => c.json(await markNotification(c.get("ctx"), c.req.valid("param").id, mark), 200),
  );
}
defineMark("read");
defineMark("unread");
defineMark("archive");
