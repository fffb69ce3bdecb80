import { PEOPLE_ONLY, subjectOf } from "../../../shared/contracts/webhooks.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { lackOf } from "../../../shared/webhooks/standing.ts";
import type { WebhookRow } from "./webhook-row.ts";

/**
 * Nobody has more sent than they may read themselves: each event type asks for the permission of its subject.
 * Throws `forbidden`.
 */
export function checkSubjects({ actor }: Pick<Ctx, "actor">, event_types: readonly string[]): void {
  if (actor.type !== "user" && actor.type !== "api_key") throw new AppError("unauthorized", "Log in first.");
  const is_key = actor.type === "api_key";
  for (const type of event_types) {
    const lack = lackOf(subjectOf(type), { permissions: actor.permissions, is_key });
    if (lack === PEOPLE_ONLY)
      throw new AppError(
        "forbidden",
        `"${type}" is about the account itself: a person who is logged in can ask for it, an API key cannot.`,
      );
    if (lack !== null)
      throw new AppError(
        "forbidden",
        `"${type}" asks for ${lack}, which this ${is_key ? "key has no scope for" : "account does not hold"}.`,
        { lacks: [lack] },
      );
  }
}

/**
 * A key changes only what keys like it made: a webhook of a person, or of another key, would go on with what the key
 * made of it after that is revoked. Throws `forbidden`.
 */
export function checkMaker(
  { actor }: Pick<Ctx, "actor">,
  { api_key_id }: Pick<WebhookRow, "api_key_id">,
): void {
  if (actor.type === "api_key" && actor.key_id !== api_key_id)
    throw new AppError(
      "forbidden",
      "This webhook was not made with this API key: change it as a person who is logged in, or make one with the key.",
    );
}
