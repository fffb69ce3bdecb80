import type { z } from "zod";
import type { ApiKeyCreatedData, UserChangedData, UserLoggedInData } from "../contracts/webhook-data.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { recordMessage } from "./record-message.ts";

export interface UserMessages {
  "user.logged_in": z.infer<typeof UserLoggedInData>;
  "user.password_changed": z.infer<typeof UserChangedData>;
  "user.mfa_enabled": z.infer<typeof UserChangedData>;
  "user.mfa_disabled": z.infer<typeof UserChangedData>;
  "user.api_key_created": z.infer<typeof ApiKeyCreatedData>;
}

/**
 * Offers what happened to an account to its own endpoints, in the transaction of the cause and before its audit row.
 * Hand the answer to `wakeWebhooks` after the commit.
 * @returns the endpoints that have something due.
 */
export function recordUserMessage<T extends keyof UserMessages>(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  type: T,
  data: UserMessages[T],
): Promise<string[]> {
  const { user_id } = data;
  return recordMessage(tx, ctx, { type, user_id, data: { ...data }, occurred_at: isoTime(ctx.now()) });
}
