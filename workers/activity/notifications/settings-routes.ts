import { createApp } from "../../../shared/platform/http/app.ts";
import { idempotent } from "../../../shared/platform/http/idempotent.ts";
import { etag, IfMatch } from "../../../shared/platform/http/if-match.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { putPreferences, readPreferences } from "./preferences.ts";
import { BroadcastAnswer, BroadcastRequest, Preferences, PutPreferencesRequest } from "./schema.ts";
import { sendBroadcast } from "./send-broadcast.ts";

/** How notifications reach their users, and the one that reaches all. */
export const notificationSettingsApp = createApp();

const shown = { description: "The preferences", content: { "application/json": { schema: Preferences } } };

notificationSettingsApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/notification-preferences",
      operationId: "getNotificationPreferences",
      tags: ["notifications"],
      summary: "What one wants to be told, and how",
      description: "Its `ETag` names the revision that a change is made from.",
      responses: { 200: shown },
    },
  ),
  async (c) => {
    const preferences = await readPreferences(c.get("ctx"));
    return c.json(preferences, 200, etag(preferences));
  },
);

notificationSettingsApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "put",
      path: "/notification-preferences",
      operationId: "putNotificationPreferences",
      tags: ["notifications"],
      summary: "Say what one wants to be told, and how",
      description: "Replaces all of them: what is left out goes back to what it is by default.",
      request: {
        headers: IfMatch,
        body: { required: true, content: { "application/json": { schema: PutPreferencesRequest } } },
      },
      responses: { 200: shown, ...problems(412) },
    },
  ),
  async (c) => {
    const expected = c.req.valid("header")["if-match"];
    const preferences = await putPreferences(c.get("ctx"), c.req.valid("json"), expected);
    return c.json(preferences, 200, etag(preferences));
  },
);

notificationSettingsApp.openapi(
  defineRoute(
    {
      access: { kind: "user", permission: "notifications:broadcast", step_up: true },
      middleware: [idempotent],
    },
    {
      method: "post",
      path: "/notifications/broadcast",
      operationId: "broadcastNotification",
      tags: ["notifications"],
      summary: "Notify every active user",
      description:
        "In chunks, after the answer. The same `cause` again reaches those whom it has not reached.",
      request: { body: { required: true, content: { "application/json": { schema: BroadcastRequest } } } },
      responses: {
        202: { description: "It is under way", content: { "application/json": { schema: BroadcastAnswer } } },
      },
    },
  ),
  async (c) => {
    const asked = c.req.valid("json");
    await sendBroadcast(c.get("ctx"), asked);
    return c.json({ cause: asked.cause, status: "queued" as const }, 202);
  },
);
