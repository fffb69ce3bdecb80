import { createApp } from "../../shared/platform/http/app.ts";
import { alertCommandRoutes } from "./alerts/command-routes.ts";
import { alertRoutes } from "./alerts/routes.ts";
import { ruleCommandRoutes } from "./rules/command-routes.ts";
import { ruleRoutes } from "./rules/routes.ts";
import { silenceRoutes } from "./silences/routes.ts";

/** Everything under `/api/v1` that is about alerts, their rules and silences. */
export const alertsApp = createApp();
alertsApp.route("/", ruleRoutes);
alertsApp.route("/", ruleCommandRoutes);
alertsApp.route("/", alertRoutes);
alertsApp.route("/", alertCommandRoutes);
alertsApp.route("/", silenceRoutes);
