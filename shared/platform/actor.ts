import type { Actor, UserActor } from "./ctx.ts";
import { AppError } from "./errors.ts";

/** The person who acts, on routes that admit only people. */
export function userOf({ actor }: { actor: Actor }): UserActor {
  if (actor.type === "user") return actor;
  throw new AppError("forbidden", "This is for people who are logged in, not for API keys.");
}

/** Whose things are meant: the person's own, or those of the key's owner. */
export function ownerOf({ actor }: { actor: Actor }): string {
  if (actor.type === "user" || actor.type === "api_key") return actor.user_id;
  throw new AppError("unauthorized", "Log in first.");
}
