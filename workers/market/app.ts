import { createApp } from "../../shared/platform/http/app.ts";
import { collectionsApp } from "./collections/routes.ts";
import { eventsApp } from "./events/routes.ts";
import { flushApp } from "./flush/routes.ts";
import { liveApp } from "./live/routes.ts";

/** Everything under `/api/v1` that is about the market. */
export const marketApp = createApp();
marketApp.route("/", eventsApp);
marketApp.route("/", flushApp);
marketApp.route("/", liveApp);
marketApp.route("/", collectionsApp);
