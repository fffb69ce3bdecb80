import type { Config } from "../../platform/config.ts";
import type { FieldError } from "../../platform/errors.ts";
import { contextWords, isMadeOf } from "./context-words.ts";
import { normalisePassword } from "./normalise-password.ts";
import { judgePassword } from "./password-strength.ts";

/** Characters (code points, after normalisation), by NIST SP 800-63B-4: where it is the only factor, or one of two. */
export const PASSWORD_LENGTH = { alone: 15, with_mfa: 8, max: 128 };

/** Eight characters at random have no more, and with a second factor they are enough. */
const MAX_SCORE_WITH_MFA = 2;

/** Longer text is not even counted: no normalisation makes more than a few of these one character. */
const MAX_UNITS = 4 * PASSWORD_LENGTH.max;

export interface NewPassword {
  password: string;
  email: string;
  name: string | null;
  mfa_enabled: boolean;
}

/** Why a text cannot be a password whatever it says; null when it can. */
function findUnusable(password: string): string | null {
  if (password.length > MAX_UNITS) return `must have at most ${PASSWORD_LENGTH.max} characters`;
  if (!password.isWellFormed()) return "is not valid Unicode: it holds half of a surrogate pair";
  if (/\p{Cc}/u.test(password)) return "must not hold control characters, such as a tab, a line break or NUL";
  // Their normal form may change with the next version of Unicode, and the password would be lost.
  if (/\p{Cn}/u.test(password)) return "holds a character that is not assigned in Unicode";
  return null;
}

function findWrongLength(length: number, mfa_enabled: boolean): string | null {
  const { alone, with_mfa, max } = PASSWORD_LENGTH;
  if (length > max) return `has ${length} characters; it must have at most ${max}`;
  if (mfa_enabled && length < with_mfa) return `has ${length} characters; it must have at least ${with_mfa}`;
  if (!mfa_enabled && length < alone)
    return `has ${length} characters; it must have at least ${alone}, or ${with_mfa} once a second factor is on`;
  return null;
}

/**
 * What keeps a text from being a person's new password: empty when nothing does. There are no rules on which
 * characters it must mix (ASVS 6.2.5), and none is cut off.
 * @throws AppError `unavailable` when the isolate has too many passwords to judge already.
 */
export async function checkPassword(
  { config }: { config: Pick<Config, "PASSWORD_MIN_SCORE"> },
  { password, email, name, mfa_enabled }: NewPassword,
): Promise<FieldError[]> {
  const refuse = (message: string): FieldError[] => [{ pointer: "/password", message }];
  const unusable = findUnusable(password);
  if (unusable !== null) return refuse(unusable);
  const text = normalisePassword(password);
  const wrongLength = findWrongLength([...text].length, mfa_enabled);
  if (wrongLength !== null) return refuse(wrongLength);
  const words = contextWords(email, name);
  if (isMadeOf(text, words))
    return refuse("is too similar to the e-mail address, the name or this service's name");
  const { score, common, feedback } = await judgePassword(text, words);
  if (common) return refuse("is one of the most used passwords, which are tried first");
  const needed = mfa_enabled
    ? Math.min(config.PASSWORD_MIN_SCORE, MAX_SCORE_WITH_MFA)
    : config.PASSWORD_MIN_SCORE;
  if (score >= needed) return [];
  const advice = [feedback.warning, ...feedback.suggestions].filter((line) => line !== null).join(" ");
  return refuse(
    `is too easy to guess: strength ${score} of 4, at least ${needed} is needed. ${advice}`.trim(),
  );
}
