import { and, desc, eq, inArray } from "drizzle-orm";
import { known_devices } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { randomToken, sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { newId } from "../../../shared/platform/ids.ts";

/** Programs that forget their token make a new device at each log-in: the ones not used for longest go. */
const MAX_DEVICES = 50;

export interface RememberedDevice {
  device_id: string;
  /** Of a new one; nobody can read it again. */
  device_token?: string;
}

async function dropOldest(tx: Tx, user_id: string): Promise<void> {
  const oldest = tx
    .select({ id: known_devices.id })
    .from(known_devices)
    .where(eq(known_devices.user_id, user_id))
    .orderBy(desc(known_devices.last_used_at), desc(known_devices.id))
    .offset(MAX_DEVICES);
  await tx.delete(known_devices).where(inArray(known_devices.id, oldest));
}

/** Notes that a device was used by its owner; one that was not known is from now on. */
export async function rememberDevice(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "client">,
  user_id: string,
  device_token: string | undefined,
): Promise<RememberedDevice> {
  const last_used_at = isoTime(ctx.now());
  const { user_agent } = ctx.client;
  if (device_token !== undefined) {
    const [known] = await tx
      .update(known_devices)
      .set({ last_used_at, user_agent })
      .where(
        and(eq(known_devices.user_id, user_id), eq(known_devices.token_hash, await sha256Hex(device_token))),
      )
      .returning({ id: known_devices.id });
    if (known !== undefined) return { device_id: known.id };
  }
  const device_id = newId("dev", ctx.now());
  const made = randomToken();
  const token_hash = await sha256Hex(made);
  await tx
    .insert(known_devices)
    .values({ id: device_id, user_id, token_hash, user_agent, created_at: last_used_at, last_used_at });
  await dropOldest(tx, user_id);
  return { device_id, device_token: made };
}
