import { recordAudit } from "../../audit/record-audit.ts";
import type { LoginLimits } from "../../contracts/accounts.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import { refuseAttempt } from "../login/refuse-attempt.ts";

/**
 * Five wrong codes cost nothing, then each doubles the wait up to an hour: of a million codes, three of which are good
 * at a time, that leaves a guesser 24 a day (ASVS 6.3.1).
 */
const LIMITS: LoginLimits = {
  free: 5,
  base_ms: 30_000,
  max_ms: 3_600_000,
  forget_after_ms: 24 * 3_600_000,
};

export type FactorCtx = Pick<Ctx, "transact" | "now" | "seal" | "client" | "gates" | "actor" | "trace">;

/**
 * Runs `work`, which gives `null` where it finds the code wrong, and counts the guess against the account: before it
 * is looked at, so that a hundred at once are a hundred.
 * @throws `locked` after too many wrong codes, `invalid_request` for a wrong one, which is audited.
 */
export async function checkFactor<T>(
  ctx: FactorCtx,
  user_id: string,
  work: (tx: Tx) => Promise<T | null>,
): Promise<T> {
  const guard = ctx.gates.login(`mfa:${user_id}`);
  const verdict = await guard.attempt(LIMITS);
  if (!verdict.allowed)
    throw refuseAttempt(
      verdict,
      "locked",
      () => "Too many wrong codes were sent for this account. Wait, then try again.",
    );
  const done = await ctx.transact(work).catch(async (error: unknown) => {
    // Nobody judged the code: a database that is away must not lock its owner out.
    await guard.succeeded();
    throw error;
  });
  if (done === null) {
    await guard.failed();
    await ctx.transact((tx) =>
      recordAudit(tx, ctx, { action: "user.factor_refused", target: { type: "user", id: user_id } }),
    );
    const message = "is wrong, has run out, or was used already: wait for the next one";
    throw new AppError("invalid_request", `The code ${message}.`, {
      details: [{ pointer: "/code", message }],
    });
  }
  await guard.succeeded();
  return done;
}
