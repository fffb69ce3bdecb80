import { checkPassword } from "../../../shared/auth/password/check-password.ts";
import { wasUsedBefore } from "../../../shared/auth/password/password-history.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

interface Chooser {
  /** Absent while there is no account yet. */
  id?: string;
  email: string;
  name: string | null;
  mfa_enabled: boolean;
}

/**
 * Throws `invalid_request` with all that keeps a text from being somebody's new password.
 * @param field its name in the body.
 */
export async function judgeNewPassword(
  ctx: Pick<Ctx, "db" | "config">,
  { id, ...person }: Chooser,
  password: string,
  field = "password",
): Promise<void> {
  const refuse = (messages: string[]) =>
    new AppError("invalid_request", `The password ${messages[0]}.`, {
      details: messages.map((message) => ({ pointer: `/${field}`, message })),
    });
  const found = await checkPassword(ctx, { ...person, password });
  if (found.length > 0) throw refuse(found.map(({ message }) => message));
  if (id !== undefined && (await wasUsedBefore(ctx, id, password)))
    throw refuse([`was used before; it must differ from the last ${ctx.config.PASSWORD_HISTORY}`]);
}
