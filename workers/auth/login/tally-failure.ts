import { failureRowsName } from "../../../shared/auth/login/guard-names.ts";
import type { LoginLimits } from "../../../shared/contracts/accounts.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

const HOUR_MS = 3_600_000;
/** So many within an hour are a row each; whoever looks into them learns nothing from more. */
const ROWS_EACH = 10;
/** Counts and never makes anybody wait; forgotten when the hour is long over. */
const COUNTED: LoginLimits = { free: 1_000_000_000, base_ms: 1, max_ms: 1, forget_after_ms: HOUR_MS };

/** How many failures the row of the `nth` stands for, those since the row before; 0: it has no row of its own. */
export function rowsFor(nth: number): number {
  if (nth <= ROWS_EACH) return 1;
  return Number.isInteger(Math.log2(nth / ROWS_EACH)) ? nth / 2 : 0;
}

/**
 * Counts what failed for an account from one address within the hour, so that guessing does not fill the audit log: ten
 * are a row each, then the 20th, 40th, 80th and so on is a row for those since the one before. An address without an
 * account is counted alike.
 * @returns what the row says beside; `null` where none is to be written, which the log tells instead.
 */
export async function tallyFailure(
  ctx: Pick<Ctx, "gates" | "client" | "now" | "log">,
  action: string,
  { email_key, user_id }: { email_key: string; user_id: string | null },
): Promise<{ stands_for?: number } | null> {
  const hour = Math.floor(ctx.now() / HOUR_MS);
  const name = await failureRowsName(action, { email_key, ip: ctx.client.ip, hour });
  const verdict = await ctx.gates.login(name).count(COUNTED);
  const nth = verdict.allowed ? verdict.failures : 0;
  const stands_for = rowsFor(nth);
  if (stands_for === 0) {
    ctx.log.info("counted, without an audit row of its own", { action, user_id, within_the_hour: nth });
    return null;
  }
  return stands_for === 1 ? {} : { stands_for };
}
