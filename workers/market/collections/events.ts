import { EventPage } from "../../../shared/contracts/collections.ts";
import { readEventsByNumber } from "../../../shared/market/read-events-by-number.ts";
import { readEventsByTime } from "../../../shared/market/read-events-by-time.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { kindsOf } from "../kinds.ts";
import { answer } from "./answer.ts";
import { CollectionParams, EventsQuery } from "./parameters.ts";
import { marketRead } from "./read-route.ts";
import { boundsOf } from "./span.ts";

export const collectionEventRoutes = createApp();

function refuseParameter(name: string, message: string): AppError {
  return new AppError("invalid_request", `${name} ${message}.`, {
    details: [{ pointer: `?${name}`, message }],
  });
}

collectionEventRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections/{slug}/events",
    operationId: "listEvents",
    tags: ["collections"],
    summary: "Events of a collection, by time or by number",
    description: `By time (\`occurred_at\`), newest first, unless \`after_seq\` is given: then in the order of the numbers
that the live stream uses, for a reader that has fallen further behind than the stream reaches back. Such a page says in
\`position\` up to which number it brings the reader. Events that a later one corrects stay in the list; the later one names
them in \`corrects\`, and passes each filter that they pass, so that a reader of \`kinds=sale\` learns of a sale that was taken back.`,
    request: { params: CollectionParams, query: EventsQuery },
    responses: { ...answer("A page of events", EventPage), ...problems(404, 422) },
  }),
  async (c) => {
    const { db } = c.get("ctx");
    const { slug } = c.req.valid("param");
    const { kind, kinds, from, to, time_zone, after_seq, epoch, order, ...rest } = c.req.valid("query");
    const query = { ...rest, kinds: kindsOf({ kind, kinds }), ...boundsOf({ from, to, time_zone }) };
    if (after_seq === undefined) {
      if (epoch !== undefined) throw refuseParameter("epoch", "needs after_seq beside it");
      return c.json(await readEventsByTime(db, slug, { ...query, order: order ?? "desc" }), 200);
    }
    if (order === "desc")
      throw refuseParameter("order", "must be asc with after_seq: numbers are read upwards");
    return c.json(await readEventsByNumber(db, slug, { ...query, after_seq, epoch }), 200);
  },
);
