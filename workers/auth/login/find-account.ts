import { and, eq, gt } from "drizzle-orm";
import { known_devices, users } from "../../../shared/db/schema/index.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** A device that was not used for this long is a new one. */
export const DEVICE_IDLE_MS = 180 * 86_400_000;

const columns = {
  id: users.id,
  email: users.email,
  email_key: users.email_key,
  name: users.name,
  status: users.status,
  password_hash: users.password_hash,
  password_changed_at: users.password_changed_at,
  mfa_enabled_at: users.mfa_enabled_at,
  device_id: known_devices.id,
};

/** The account of an address, and whether the device that asks has logged in to this account before. */
export async function findAccount(
  ctx: Pick<Ctx, "db" | "now">,
  email_key: string,
  device_token: string | undefined,
) {
  const [found] = await ctx.db
    .select(columns)
    .from(users)
    .leftJoin(
      known_devices,
      and(
        eq(known_devices.user_id, users.id),
        eq(known_devices.token_hash, await sha256Hex(device_token ?? "")),
        gt(known_devices.last_used_at, isoTime(ctx.now() - DEVICE_IDLE_MS)),
      ),
    )
    .where(eq(users.email_key, email_key));
  return found ?? null;
}

export type FoundAccount = NonNullable<Awaited<ReturnType<typeof findAccount>>>;
