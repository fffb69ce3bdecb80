import type { Permission } from "../contracts/access.ts";
import { mails } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";

export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Who must be active when a mail is sent, and what they must hold then. */
export interface MailReader {
  user_id: string;
  needs: Permission | null;
}

/** What a mail's content is sealed for. */
export function mailPurpose(id: string): string {
  return `mail:${id}`;
}

/**
 * Puts a mail into the outbox, in the transaction of what it tells of. Its content is sealed, since it may carry a
 * token. Hand the id to `sendMailSoon` after the commit; the next tick finds what that missed.
 * @param reader of what tells of more than the account itself: it is dropped where they may not read it by then.
 * @param kind what it is about, such as `verify_email`; all that is ever logged of it.
 */
export async function enqueueMail(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal">,
  kind: string,
  mail: Mail,
  reader?: MailReader,
): Promise<string> {
  const id = newId("mal", ctx.now());
  const at = isoTime(ctx.now());
  const content = await ctx.seal.seal(mailPurpose(id), JSON.stringify(mail));
  await tx.insert(mails).values({ id, kind, content, ...reader, next_attempt_at: at, created_at: at });
  return id;
}
