import type { Permission } from "../../contracts/access.ts";

/**
 * Who may call a route. Every route declares one; there is no other way to make a route.
 * - `public`: everybody; credentials are not looked at.
 * - `market`: everybody where `PUBLIC_MARKET` is on, with or without a credential; otherwise whoever holds `market:read`.
 * - `user`: a person with a session, never an API key; with a permission where one is named.
 * - `permission`: a person or an API key that holds it.
 * `step_up` asks for a second factor proved within `STEP_UP_S`, of those who have one; a key could never prove one, so
 * only what is for people can ask.
 */
export type Access =
  | { kind: "public" }
  | { kind: "market" }
  | { kind: "user"; permission?: Permission; step_up?: boolean; while_password_expired?: boolean }
  | { kind: "permission"; permission: Permission };
