import { createApp } from "../../shared/platform/http/app.ts";
import { alertRoutes } from "./alerts/routes.ts";
import { silenceRoutes } from "./silences/routes.ts";

/** Everything under `/api/v1` that is about alerts, their rules and silences. */
export const alertsApp = createApp();
alertsApp.route("/", alertRoutes);
alertsApp.route("/", silenceRoutes);
