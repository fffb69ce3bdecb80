import { z } from "@hono/zod-openapi";
import { writeTicket } from "../../../shared/auth/live-tickets.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";

const TICKET_S = 30;

const LiveTicket = z
  .object({
    /** Opens one socket as the subprotocol `ticket.<ticket>`, or one event stream as `?ticket=`. */
    ticket: z.string(),
    /** Seconds. */
    expires_in: z.number().int(),
  })
  .openapi("LiveTicket");

export const liveTicketApp = createApp();

liveTicketApp.openapi(
  defineRoute(
    { access: { kind: "user" } },
    {
      method: "post",
      path: "/ws/ticket",
      operationId: "issueLiveTicket",
      tags: ["live"],
      summary: "Get a ticket that opens one WebSocket or event stream",
      description: `For browsers, whose sockets and \`EventSource\` cannot send headers: offer the subprotocols
\`xsema.live.v1\` and \`ticket.<ticket>\`, or open the stream with \`?ticket=<ticket>\`. Good once, for ${TICKET_S}
seconds. Socket and stream end with the session.`,
      responses: {
        200: { description: "The ticket", content: { "application/json": { schema: LiveTicket } } },
        ...problems(503),
      },
    },
  ),
  async (c) => {
    const { gates, actor, config } = c.get("ctx");
    const me = userOf({ actor });
    const secret = await gates.account(me.user_id).issueTicket(me.session_id, TICKET_S * 1000);
    const answer = { ticket: await writeTicket(config, me.user_id, secret), expires_in: TICKET_S };
    return c.json(answer, 200, { "cache-control": "no-store" });
  },
);
