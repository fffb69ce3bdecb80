import { createApp } from "../../shared/platform/http/app.ts";
import { accountCommandRoutes } from "./accounts/command-routes.ts";
import { accountRoutes } from "./accounts/routes.ts";
import { userKeyRoutes } from "./api-keys/routes.ts";
import { auditRoutes } from "./audit/routes.ts";
import { memberRoutes } from "./groups/member-routes.ts";
import { groupRoutes } from "./groups/routes.ts";
import { userWebhookRoutes } from "./webhooks/routes.ts";

/** Everything under `/api/v1` that is about administering accounts. */
export const usersApp = createApp();
usersApp.route("/", accountRoutes);
usersApp.route("/", accountCommandRoutes);
usersApp.route("/", userKeyRoutes);
usersApp.route("/", userWebhookRoutes);
usersApp.route("/", groupRoutes);
usersApp.route("/", memberRoutes);
usersApp.route("/", auditRoutes);
