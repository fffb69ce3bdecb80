import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { refuseAddress } from "../../../shared/webhooks/address.ts";
import { addressRules, resolverOf } from "../../../shared/webhooks/address-rules.ts";
import { createHostCheck } from "../../../shared/webhooks/resolve-host.ts";

function refuse(message: string): AppError {
  return new AppError("invalid_request", `url: ${message}.`, { details: [{ pointer: "/url", message }] });
}

/**
 * Throws `invalid_request` for an address that messages may not go to. A name that cannot be looked up now passes: it
 * is looked up again whenever something is sent.
 */
export async function checkUrl(ctx: Pick<Ctx, "config" | "fetch" | "now">, url: string): Promise<void> {
  const refusal = refuseAddress(url, addressRules(ctx.config));
  if (refusal !== null) throw refuse(refusal);
  const check = createHostCheck({ resolver: resolverOf(ctx.config), fetch: ctx.fetch, now: ctx.now });
  const resolved = await check(new URL(url).hostname.replace(/\.+$/, ""));
  if (resolved.refusal !== null) throw refuse(resolved.refusal);
}
