import { createApp } from "../../shared/platform/http/app.ts";
import { accountApp } from "./account/routes.ts";
import { apiKeysApp } from "./api-keys/routes.ts";
import { liveTicketApp } from "./live-ticket/routes.ts";
import { loginApp } from "./login/routes.ts";
import { mfaApp } from "./mfa/routes.ts";
import { oauthApp } from "./oauth/routes.ts";
import { passwordApp } from "./password/routes.ts";
import { sessionsApp } from "./sessions/routes.ts";
import { tokensApp } from "./tokens/routes.ts";

/** Everything under `/api/v1` that is about one's own account: logging in, sessions, second factors and keys. */
export const authApp = createApp();
authApp.route("/", accountApp);
authApp.route("/", loginApp);
authApp.route("/", oauthApp);
authApp.route("/", passwordApp);
authApp.route("/", mfaApp);
authApp.route("/", sessionsApp);
authApp.route("/", tokensApp);
authApp.route("/", liveTicketApp);
authApp.route("/", apiKeysApp);
