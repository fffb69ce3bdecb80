import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { flushRoom, flushRooms } from "./flush-rooms.ts";
import { FlushPage, FlushQuery } from "./schema.ts";

export const flushApp = createApp();

flushApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "market:ingest" } },
    {
      method: "post",
      path: "/market/flush",
      operationId: "flushRooms",
      tags: ["market"],
      summary: "Bring what rooms hold into the database now",
      description: `Has rooms compare themselves with the database and flush at once, also the events that the database refused
before. Nothing is counted twice by it. For one collection, or page by page for all that the database knows: to be called after
the database's schema was mended, and after a restore.`,
      request: { query: FlushQuery },
      responses: {
        200: {
          description: "Where each room stands",
          content: { "application/json": { schema: FlushPage } },
        },
        ...problems(404, 422, 503, 507),
      },
    },
  ),
  async (c) => {
    const ctx = c.get("ctx");
    const { collection, cursor } = c.req.valid("query");
    return c.json(
      collection === undefined ? await flushRooms(ctx, cursor) : await flushRoom(ctx, collection),
      200,
    );
  },
);
