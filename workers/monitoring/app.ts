import { createApp } from "../../shared/platform/http/app.ts";
import { overviewRoutes } from "./overview/routes.ts";
import { overviewStreamRoutes } from "./stream/routes.ts";

/** Everything under `/api/v1` that is about how the platform does. */
export const monitoringApp = createApp();
monitoringApp.route("/", overviewRoutes);
monitoringApp.route("/", overviewStreamRoutes);
