import { z } from "@hono/zod-openapi";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { openSocket } from "../../../shared/platform/http/open-socket.ts";
import { text } from "../../../shared/platform/http/parameters.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { requireUpgrade, switched } from "../../../shared/platform/http/require-upgrade.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";

const WatchQuery = query({
  user_id: z.optional(text(64)).openapi({ description: "One's own id, or left out" }),
});

export const userLiveApp = createApp();

userLiveApp.openapi(
  defineRoute(
    {
      access: { kind: "permission", permission: "activity:read" },
      carrier: "socket",
      middleware: [requireUpgrade],
    },
    {
      method: "get",
      path: "/ws",
      operationId: "watchOwnRoom",
      tags: ["live"],
      summary: "Watch one's own room over a WebSocket",
      description: `Activity, notifications, tasks and devices that come and go, as they happen, to each device of the
user. The protocol is that of collections; \`kinds\` of a \`subscribe\` frame names kinds of events. Events of alerts need
\`alerts:read\` too; without it they are left out.`,
      request: { query: WatchQuery },
      responses: { ...switched, ...problems(422, 426) },
    },
  ),
  (c) => {
    const ctx = c.get("ctx");
    const name = ownerOf(ctx);
    const { user_id = name } = c.req.valid("query");
    if (user_id !== name) throw new AppError("forbidden", "A room can be watched only by its own user.");
    const { actor } = ctx;
    const mayReadAlerts = "permissions" in actor && actor.permissions.has("alerts:read");
    const hidden = mayReadAlerts ? [] : ["alert"];
    return openSocket(ctx, ctx.rooms.user(name), { kind: "user", name }, c.req.raw, hidden);
  },
);
