import { createApp } from "../../shared/platform/http/app.ts";
import { catalogueRoutes } from "./catalogue/routes.ts";
import { deliveryRoutes } from "./deliveries/routes.ts";
import { endpointCommandRoutes } from "./endpoints/command-routes.ts";
import { endpointRoutes } from "./endpoints/routes.ts";

/** Everything under `/api/v1` that is about outgoing webhooks. */
export const webhooksApp = createApp();
webhooksApp.route("/", endpointRoutes);
webhooksApp.route("/", endpointCommandRoutes);
webhooksApp.route("/", deliveryRoutes);
webhooksApp.route("/", catalogueRoutes);
