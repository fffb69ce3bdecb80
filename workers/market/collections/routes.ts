import { createApp } from "../../../shared/platform/http/app.ts";
import { candleRoutes } from "./candles.ts";
import { collectionRoutes } from "./collections.ts";
import { collectionEventRoutes } from "./events.ts";
import { nftRoutes } from "./nfts.ts";
import { statsRoutes } from "./stats.ts";

/** What can be read of collections; everything here is public. */
export const collectionsApp = createApp();
for (const routes of [collectionRoutes, collectionEventRoutes, statsRoutes, candleRoutes, nftRoutes])
  collectionsApp.route("/", routes);
