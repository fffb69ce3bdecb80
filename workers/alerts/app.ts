import { createApp } from "../../shared/platform/http/app.ts";
import { silenceRoutes } from "./silences/routes.ts";

/** Everything under `/api/v1` that is about alerts, their rules and silences. */
export const alertsApp = createApp();
alertsApp.route("/", silenceRoutes);
