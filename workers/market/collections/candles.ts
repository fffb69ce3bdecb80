import { CandlePage } from "../../../shared/contracts/collections.ts";
import { readCandles } from "../../../shared/market/read-candles.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { answer } from "./answer.ts";
import { CandlesQuery, CollectionParams } from "./parameters.ts";
import { marketRead } from "./read-route.ts";
import { boundsOf } from "./span.ts";

export const candleRoutes = createApp();

candleRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections/{slug}/candles",
    operationId: "listCandles",
    tags: ["collections"],
    summary: "Open, high, low, close and volume by stretches of time",
    description: `Prices per item in the collection's currency, oldest first; stretches are counted from midnight UTC. From
the stretch that \`from\` lies in to the one that \`to\` (now) lies in; without \`from\`, as many stretches before \`to\` as
\`limit\` says. Stretches without a sale are left out unless \`fill=previous\`; the one that is not over yet is \`partial\`. \`sales\`
counts all sales as the figures of \`stats\` do; prices and volume are of \`priced_sales\` and \`null\` where there is none.`,
    request: { params: CollectionParams, query: CandlesQuery },
    responses: { ...answer("A page of candles", CandlePage), ...problems(404, 422) },
  }),
  async (c) => {
    const { db, now } = c.get("ctx");
    const { fill, from, to, time_zone, ...query } = c.req.valid("query");
    const bounds = boundsOf({ from, to, time_zone });
    const page = await readCandles(
      db,
      c.req.valid("param").slug,
      { ...query, ...bounds, fill: fill === "previous" },
      now(),
    );
    return c.json(page, 200);
  },
);
