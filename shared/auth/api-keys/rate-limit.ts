import { type Plan, PlanLimits, type Role } from "../../contracts/access.ts";
import type { RateLimitState } from "../../contracts/accounts.ts";

/** A super admin's programs feed the deployment itself. */
const SUPER_ADMIN_PER_MINUTE = 60_000;

/** The most requests a minute that one key of such an account may make. */
export function maxRequestsPerMinute({ role, plan }: { role: Role; plan: Plan }): number {
  return role === "super_admin" ? SUPER_ADMIN_PER_MINUTE : PlanLimits[plan].api_key_requests_per_minute;
}

/** The state of a key's limit, as draft-ietf-httpapi-ratelimit-headers-10 has it: `q` in `w` seconds, `r` left, more in `t`. */
export function rateLimitHeaders({ limit, remaining, reset_s }: RateLimitState): Record<string, string> {
  return {
    "ratelimit-policy": `"api-key";q=${limit};w=60`,
    ratelimit: `"api-key";r=${remaining};t=${reset_s}`,
  };
}
