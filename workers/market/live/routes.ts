import { createApp } from "../../../shared/platform/http/app.ts";
import { openSocket } from "../../../shared/platform/http/open-socket.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { requireUpgrade, switched } from "../../../shared/platform/http/require-upgrade.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { kindsOf } from "../kinds.ts";
import { openEventStream } from "./event-stream.ts";
import { findRoom } from "./find-room.ts";
import { readStatus } from "./read-status.ts";
import { resumeFrom } from "./resume-from.ts";
import { LiveStatus, SlugParam, StreamQuery } from "./schema.ts";

/** Sockets of `/live` are spread over this many relays. */
const RELAYS = 8;

export const liveApp = createApp();

liveApp.openapi(
  defineRoute(
    { access: { kind: "market" }, carrier: "socket", middleware: [requireUpgrade] },
    {
      method: "get",
      path: "/collections/{slug}/live",
      operationId: "watchCollection",
      tags: ["live"],
      summary: "Watch one collection over a WebSocket",
      description:
        "A WebSocket with the events of one collection in the order of their numbers, from where the client was.",
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
    { access: { kind: "market" }, carrier: "socket", middleware: [requireUpgrade] },
    {
      method: "get",
      path: "/live",
      operationId: "watchCollections",
      tags: ["live"],
      summary: "Watch many collections over one WebSocket",
      description: "A WebSocket for many collections at once, which its frames subscribe to.",
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
    { access: { kind: "market" }, carrier: "stream" },
    {
      method: "get",
      path: "/collections/{slug}/stream",
      operationId: "streamCollection",
      tags: ["live"],
      summary: "Watch one collection by Server-Sent Events",
      description: `The frames of the WebSocket as events named by their \`op\`. Resumes by \`Last-Event-ID\`; an id that
is not of this stream is answered by \`reset\` and \`snapshot\`. Parameters that the stream does not know are ignored, since
an \`EventSource\` could not go on after a refusal.`,
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
    const { kind, kinds, min_price } = c.req.valid("query");
    const from = resumeFrom(c.req.header("last-event-id"), new URL(c.req.url).searchParams);
    const room = await findRoom(ctx, slug);
    // Nobody would read the stream, and its socket would stay.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "content-type": "text/event-stream" });
    return openEventStream(ctx, room, slug, {
      kinds: kindsOf({ kind, kinds }),
      min_price,
      from,
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
      description: "Whoever may read activity is told of their own devices too.",
      responses: {
        200: { description: "The status", content: { "application/json": { schema: LiveStatus } } },
      },
    },
  ),
  async (c) => c.json(await readStatus(c.get("ctx")), 200),
);
