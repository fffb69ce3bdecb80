import type { Ctx } from "../platform/ctx.ts";
import { refuseAddress } from "../webhooks/address.ts";
import { addressRules, resolverOf } from "../webhooks/address-rules.ts";
import { createHostCheck, type Resolved } from "../webhooks/resolve-host.ts";

/** Whether an address may be asked, and why not. */
export type JudgeTarget = (url: string) => Promise<Resolved>;

/** Judges addresses of users', and looks up each name once: for the work of one job, since a name can lead elsewhere later. */
export function targetJudge({ config, fetch, now }: Pick<Ctx, "config" | "fetch" | "now">): JudgeTarget {
  const check = createHostCheck({ resolver: resolverOf(config), fetch, now });
  return async (url) => {
    const refusal = refuseAddress(url, addressRules(config));
    if (refusal !== null) return { refusal, unknown: null };
    return check(new URL(url).hostname.replace(/\.+$/, ""));
  };
}

/** Whether an address of a user's may be asked; to be asked whenever it is, since a name can lead elsewhere by now. */
export async function judgeTarget(
  ctx: Pick<Ctx, "config" | "fetch" | "now">,
  url: string,
): Promise<Resolved> {
  return targetJudge(ctx)(url);
}
