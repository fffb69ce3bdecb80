import { CollectionDetail, CollectionPage } from "../../../shared/contracts/collections.ts";
import { getCollection, listCollections } from "../../../shared/market/read-collections.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { answer } from "./answer.ts";
import { CollectionParams, ListQuery } from "./parameters.ts";
import { marketRead } from "./read-route.ts";

export const collectionRoutes = createApp();

collectionRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections",
    operationId: "listCollections",
    tags: ["collections"],
    summary: "Collections with their floor and the figures of the last 24 hours",
    description: `Figures of the last 24 hours are of whole minutes, the one under way included. \`change_24h\` is the floor
now against the floor 24 hours ago, in percent of the latter. Amounts are compared in each collection's own currency.
What is not known stands last in either order.`,
    request: { query: ListQuery },
    responses: { ...answer("A page of collections", CollectionPage), ...problems(422) },
  }),
  async (c) => {
    const { db, now } = c.get("ctx");
    const query = c.req.valid("query");
    const order = query.order ?? (query.sort === "name" ? "asc" : "desc");
    return c.json(await listCollections(db, { ...query, order }, now()), 200);
  },
);

collectionRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections/{slug}",
    operationId: "getCollection",
    tags: ["collections"],
    summary: "One collection",
    description:
      "With its figures of the last 24 hours, what its provider states, and how far its events can be read.",
    request: { params: CollectionParams },
    responses: { ...answer("The collection", CollectionDetail), ...problems(404, 422) },
  }),
  async (c) => {
    const { db, now } = c.get("ctx");
    return c.json(await getCollection(db, c.req.valid("param").slug, now()), 200);
  },
);
