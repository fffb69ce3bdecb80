import { readAccesses } from "../auth/permissions/read-access.ts";
import type { AccountAccess } from "../contracts/accounts.ts";
import { NotificationKind, NotificationKinds } from "../contracts/notifications.ts";
import type { Ctx } from "../platform/ctx.ts";
import type { Claim } from "./claim-sends.ts";
import { settleSends } from "./settle-sends.ts";

/** What of a kind its user must hold; a kind that exists no more asks for nothing but an active account. */
export function needsOf(kind: string) {
  const known = NotificationKind.safeParse(kind);
  return known.success ? NotificationKinds[known.data].needs : null;
}

function whyNot(access: AccountAccess | undefined, kind: string): string | null {
  if (access === undefined) return "the account is gone";
  if (access.status !== "active") return `the account is ${access.status}`;
  const needs = needsOf(kind);
  return needs === null || access.permissions.includes(needs) ? null : `the account does not hold ${needs}`;
}

/**
 * Those of the claims whose users may be told of them now, by what they may do now; one look for all of them. The others
 * are settled as skipped, with the reason, and are not sent later.
 */
export async function keepWhatMayBeSent(
  ctx: Pick<Ctx, "db" | "now" | "log">,
  claims: readonly Claim[],
): Promise<Claim[]> {
  if (claims.length === 0) return [];
  const accesses = await readAccesses(ctx.db, [...new Set(claims.map(({ user_id }) => user_id))]);
  const kept: Claim[] = [];
  const refused = new Map<string, Claim[]>();
  for (const claim of claims) {
    const why = whyNot(accesses.get(claim.user_id), claim.kind);
    if (why === null) kept.push(claim);
    else refused.set(why, [...(refused.get(why) ?? []), claim]);
  }
  for (const [why, those] of refused) await settleSends(ctx.db, ctx, those, { status: "skipped", why });
  return kept;
}
