import { createApp } from "../../shared/platform/http/app.ts";
import { activityEventsApp } from "./events/routes.ts";
import { userLiveApp } from "./live/routes.ts";
import { pushApp } from "./notifications/push-routes.ts";
import { notificationsApp } from "./notifications/routes.ts";
import { notificationSettingsApp } from "./notifications/settings-routes.ts";
import { tasksApp } from "./tasks/routes.ts";
import { typesApp } from "./types/routes.ts";

/** Everything under `/api/v1` that is about what a user does, and is told. */
export const activityApp = createApp();
activityApp.route("/", userLiveApp);
activityApp.route("/", activityEventsApp);
activityApp.route("/", typesApp);
activityApp.route("/", tasksApp);
activityApp.route("/", notificationsApp);
activityApp.route("/", notificationSettingsApp);
activityApp.route("/", pushApp);
