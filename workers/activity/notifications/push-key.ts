import { applicationServerKey } from "../../../shared/notifications/push/vapid.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** The public key that browsers subscribe with. Throws `not_found` where push is not set up. */
export async function requirePushKey({ config }: Pick<Ctx, "config">): Promise<string> {
  const key = await applicationServerKey(config);
  if (key === null)
    throw new AppError("not_found", "Push is not set up here: the deployment has no VAPID_PRIVATE_KEY.");
  return key;
}
