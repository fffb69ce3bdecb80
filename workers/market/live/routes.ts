import { createMiddleware } from "hono/factory";
import { LIVE_PROTOCOL } from "../../../shared/contracts/live.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type AppEnv, createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { kindsOf } from "../kinds.ts";
import { openEventStream } from "./event-stream.ts";
import { findRoom } from "./find-room.ts";
import { openSocket } from "./open-socket.ts";
import { readStatus } from "./read-status.ts";
import { EventId, LiveStatus, SlugParam, StreamQuery } from "./schema.ts";

/** Sockets of `/live` are spread over this many relays. */
const RELAYS = 8;

const requireUpgrade = createMiddleware<AppEnv>(async (c, next) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    throw new AppError(
      "upgrade_required",
      `Open this address as a WebSocket (subprotocol ${LIVE_PROTOCOL}).`,
      {
        headers: { upgrade: "websocket" },
      },
    );
  await next();
});

const switched = { 101: { description: `Switched to WebSocket; JSON text frames of ${LIVE_PROTOCOL}` } };

export const liveApp = createApp();

liveApp.openapi(
  defineRoute(
    { access: { kind: "market" }, middleware: [requireUpgrade] },
    {
      method: "get",
      path: "/collections/{slug}/live",
      operationId: "watchCollection",
      tags: ["live"],
      summary: "Watch one collection over a WebSocket",
      request: { params: SlugParam },
      responses: { ...switched, ...problems(404, 422, 426) },
    },
  ),
  async (c) => {
    const ctx = c.get("ctx");
    const { slug } = c.req.valid("param");
    return openSocket(ctx, await findRoom(ctx, slug), { kind: "collection", name: slug }, c.req.raw);
  },
);

liveApp.openapi(
  defineRoute(
    { access: { kind: "market" }, middleware: [requireUpgrade] },
    {
      method: "get",
      path: "/live",
      operationId: "watchCollections",
      tags: ["live"],
      summary: "Watch many collections over one WebSocket",
      responses: { ...switched, ...problems(426) },
    },
  ),
  (c) => {
    const [pick = 0] = crypto.getRandomValues(new Uint8Array(1));
    const ctx = c.get("ctx");
    const name = `relay-${pick % RELAYS}`;
    return openSocket(ctx, ctx.rooms.relay(name), { kind: "relay", name }, c.req.raw);
  },
);

liveApp.openapi(
  defineRoute(
    { access: { kind: "market" } },
    {
      method: "get",
      path: "/collections/{slug}/stream",
      operationId: "streamCollection",
      tags: ["live"],
      summary: "Watch one collection by Server-Sent Events",
      description: "The frames of the WebSocket as events named by their `op`. Resumes by `Last-Event-ID`.",
      request: { params: SlugParam, query: StreamQuery },
      responses: {
        200: { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
        ...problems(404, 422, 503),
      },
    },
  ),
  async (c) => {
    const ctx = c.get("ctx");
    const { slug } = c.req.valid("param");
    const { kind, kinds, min_price, last_event_id } = c.req.valid("query");
    const given = c.req.header("last-event-id") ?? last_event_id;
    const from = EventId.optional().safeParse(given);
    if (!from.success)
      throw new AppError("invalid_request", "Last-Event-ID is not an id of this stream.", {
        details: fieldErrors(from.error, "header:last-event-id"),
      });
    const room = await findRoom(ctx, slug);
    // Nobody would read the stream, and its socket would stay.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    return openEventStream(ctx, room, slug, {
      kinds: kindsOf({ kind, kinds }),
      min_price,
      from: from.data,
    });
  },
);

liveApp.openapi(
  defineRoute(
    { access: { kind: "market" } },
    {
      method: "get",
      path: "/ws/status",
      operationId: "readLiveStatus",
      tags: ["live"],
      summary: "Connections, rooms and lag of live delivery",
      responses: {
        200: { description: "The status", content: { "application/json": { schema: LiveStatus } } },
      },
    },
  ),
  async (c) => c.json(await readStatus(c.get("ctx")), 200),
);
