import { createApp } from "../../shared/platform/http/app.ts";
import { pushApp } from "./push/routes.ts";

/** Everything under `/api/v1` that takes readings and gives them back. */
export const metricsApp = createApp();
metricsApp.route("/", pushApp);
