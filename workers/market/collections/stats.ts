import { CollectionStats } from "../../../shared/contracts/collections.ts";
import { readStats } from "../../../shared/market/read-stats.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { answer } from "./answer.ts";
import { CollectionParams, StatsQuery } from "./parameters.ts";
import { marketRead } from "./read-route.ts";
import { spanOf } from "./span.ts";

export const statsRoutes = createApp();

statsRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections/{slug}/stats",
    operationId: "getCollectionStats",
    tags: ["collections"],
    summary: "Figures of a collection over a span of time",
    description: `\`range\` is a window that ends now (the last day where nothing is said); \`from\` and \`to\` name any other
span, half-open. Amounts are in the collection's currency, with wrapped coins counted as what they wrap; sales in others are
counted in \`sales\` and listed in \`volume_by_currency\`. \`floor\` and \`last_price\` are those at the end of the span. What is
not known is \`null\`, never 0.`,
    request: { params: CollectionParams, query: StatsQuery },
    responses: { ...answer("The figures", CollectionStats), ...problems(404, 422) },
  }),
  async (c) => {
    const { db, now } = c.get("ctx");
    const time = now();
    const span = spanOf(c.req.valid("query"), time);
    return c.json(await readStats(db, c.req.valid("param").slug, span, time), 200);
  },
);
