import type { Ctx } from "../platform/ctx.ts";
import { refuseAddress } from "../webhooks/address.ts";
import { addressRules, resolverOf } from "../webhooks/address-rules.ts";
import { createHostCheck, type Resolved } from "../webhooks/resolve-host.ts";

/** Whether an address of a user's may be asked; to be asked whenever it is, since a name can lead elsewhere by now. */
export async function judgeTarget(
  { config, fetch, now }: Pick<Ctx, "config" | "fetch" | "now">,
  url: string,
): Promise<Resolved> {
  const refusal = refuseAddress(url, addressRules(config));
  if (refusal !== null) return { refusal, unknown: null };
  const check = createHostCheck({ resolver: resolverOf(config), fetch, now });
  return check(new URL(url).hostname.replace(/\.+$/, ""));
}
