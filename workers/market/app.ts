import { createApp } from "../../shared/platform/http/app.ts";
import { remember } from "../../shared/platform/http/remember.ts";
import { collectionsApp } from "./collections/routes.ts";
import { eventsApp } from "./events/routes.ts";
import { liveApp } from "./live/routes.ts";

/** For how long a read may be answered from memory. Whoever needs it sooner watches live. */
const READ_AGAIN_AFTER_MS = 1000;

const reads = createApp();
reads.use(remember(READ_AGAIN_AFTER_MS));
reads.route("/", collectionsApp);

/** Everything under `/api/v1` that is about the market. */
export const marketApp = createApp();
marketApp.route("/", eventsApp);
marketApp.route("/", liveApp);
marketApp.route("/", reads);
