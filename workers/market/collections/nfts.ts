import { NftDetail } from "../../../shared/contracts/collections.ts";
import { readNft } from "../../../shared/market/read-nft.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute } from "../../../shared/platform/http/route.ts";
import { answer } from "./answer.ts";
import { NftQuery, TokenParams } from "./parameters.ts";
import { marketRead } from "./read-route.ts";

export const nftRoutes = createApp();

nftRoutes.openapi(
  defineRoute(marketRead, {
    method: "get",
    path: "/collections/{slug}/nfts/{token_id}",
    operationId: "getNft",
    tags: ["collections"],
    summary: "One token: last sale, open listing, holder and history",
    description: "Its last sale, its open listing, who holds it, and its events, as far as they are known.",
    request: { params: TokenParams, query: NftQuery },
    responses: { ...answer("The token, as far as events tell", NftDetail), ...problems(404, 422) },
  }),
  async (c) => {
    const { db, now } = c.get("ctx");
    const { slug, token_id } = c.req.valid("param");
    return c.json(await readNft(db, slug, token_id, c.req.valid("query"), now()), 200);
  },
);
