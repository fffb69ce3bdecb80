import type { PasswordStrength } from "./estimate-strength.ts";
import { hashQueue } from "./hash-queue.ts";
import { normalisePassword } from "./normalise-password.ts";

export type { PasswordStrength };

export interface JudgedPassword extends PasswordStrength {
  common: boolean;
}

/**
 * How hard a password is to guess for somebody who knows `inputs` (by zxcvbn), and whether it is a common one.
 * In line with the hashes, since it takes as long as one.
 * @throws AppError `unavailable` when the isolate has too many to judge already.
 */
export function judgePassword(password: string, inputs: string[]): Promise<JudgedPassword> {
  return hashQueue.run(async () => {
    const { estimateStrength, isCommon } = await import("./estimate-strength.ts");
    const text = normalisePassword(password);
    return { ...estimateStrength(text, inputs), common: isCommon(text) };
  });
}

/** The same for showing it: score 0 to 4, and how to do better. */
export async function passwordStrength(password: string, inputs: string[]): Promise<PasswordStrength> {
  const { score, feedback } = await judgePassword(password, inputs);
  return { score, feedback };
}
