import { createApp } from "../../shared/platform/http/app.ts";

/** Everything under `/api/v1` that is about one's own account: logging in, sessions, second factors and keys. */
export const authApp = createApp();
