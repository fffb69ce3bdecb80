import { z } from "zod";
import { session } from "../session/session-here.ts";
import { exchange } from "./exchange.ts";
import { readBody } from "./read-body.ts";

const Ticket = z.object({ ticket: z.string() });

/** A subprotocol that opens one live socket as whoever is signed in; `null` when nobody is. Throws `RequestFailed`. */
export function liveTicket(): Promise<string | null> {
  return session.use(async (accessToken) => {
    if (accessToken === null) return null;
    const answer = await exchange("/api/v1/ws/ticket", { method: "POST" }, accessToken);
    return `ticket.${(await readBody(answer, Ticket)).ticket}`;
  });
}
