import { createApp } from "../../shared/platform/http/app.ts";
import { otlpApp } from "./otlp/routes.ts";
import { remoteWriteApp } from "./prometheus/routes.ts";
import { pushApp } from "./push/routes.ts";
import { readApp } from "./read/routes.ts";

/** Everything under `/api/v1` that takes readings and gives them back. */
export const metricsApp = createApp();
metricsApp.route("/", pushApp);
metricsApp.route("/", otlpApp);
metricsApp.route("/", remoteWriteApp);
metricsApp.route("/", readApp);
