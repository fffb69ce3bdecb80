import { insertKey, type KeyRow, type NewKey } from "../../../shared/auth/api-keys/insert-key.ts";
import { describeKey, newKeyText } from "../../../shared/auth/api-keys/key-text.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { apiKeyCreatedMail } from "../../../shared/mail/templates/api-key-created.ts";
import { type Told, tellAccount } from "../../../shared/notifications/tell-account.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Makes a key, and what tells its owner by mail and webhook, in the transaction of whoever audits it. */
export async function addKey(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal" | "client">,
  owner: { email: string; name: string | null },
  asked: Omit<NewKey, "text">,
): Promise<{ key: string; row: KeyRow; mail: string; told: Told }> {
  const text = await describeKey(newKeyText());
  const row = await insertKey(tx, ctx, { ...asked, text });
  if (row === null) throw new Error("two random keys were the same");
  const { client, now } = ctx;
  const content = apiKeyCreatedMail({ name: owner.name, at: now(), client, prefix: text.prefix });
  const mail = await enqueueMail(tx, ctx, "api_key_created", { to: owner.email, ...content });
  const { user_id, name } = asked;
  const about = { user_id, api_key_id: row.id, name, prefix: text.prefix };
  const told = await tellAccount(tx, ctx, "user.api_key_created", about);
  return { key: text.key, row, mail, told };
}
