import { and, count, eq, ne } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { PushDevice } from "../../../shared/contracts/notifications.ts";
import { push_subscriptions, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { judgeTarget } from "../../../shared/notifications/judge-target.ts";
import { importPoint, readBase64url } from "../../../shared/notifications/push/encrypt-push.ts";
import { openSubscription, sealSubscription } from "../../../shared/notifications/push/subscription.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { checkWayOut } from "./check-way-out.ts";
import { showDevice } from "./push-devices.ts";
import { requirePushKey } from "./push-key.ts";
import type { SubscribeRequest } from "./push-schema.ts";

/** Of one user. */
export const MOST_DEVICES = 20;
const POINT_BYTES = 65;
const SECRET_BYTES = 16;

function refuse(pointer: string, message: string): never {
  throw new AppError("invalid_request", `${pointer.slice(1).replaceAll("/", ".")}: ${message}.`, {
    details: [{ pointer, message }],
  });
}

function readKey(pointer: string, text: string, length: number): Uint8Array<ArrayBuffer> {
  try {
    const bytes = readBase64url(text);
    if (bytes.length === length) return bytes;
  } catch {
    // Said below.
  }
  return refuse(pointer, `must be ${length} bytes in base64url`);
}

async function checkSubscription(ctx: Ctx, { endpoint, expirationTime, keys }: SubscribeRequest) {
  const { refusal } = await judgeTarget(ctx, endpoint);
  if (refusal !== null) refuse("/endpoint", refusal);
  if (expirationTime !== null && expirationTime <= ctx.now()) refuse("/expirationTime", "must lie ahead");
  const point = readKey("/keys/p256dh", keys.p256dh, POINT_BYTES);
  await importPoint(point).catch(() => refuse("/keys/p256dh", "must be a point of P-256"));
  readKey("/keys/auth", keys.auth, SECRET_BYTES);
}

/** Throws `conflict` where there is no room. The account is locked, so that two at once are two. */
async function checkRoom(tx: Tx, user_id: string): Promise<void> {
  const [held] = await tx
    .select({ devices: count() })
    .from(push_subscriptions)
    .where(eq(push_subscriptions.user_id, user_id));
  if ((held?.devices ?? 0) >= MOST_DEVICES)
    throw new AppError(
      "conflict",
      `Notifications are pushed to at most ${MOST_DEVICES} browsers, and you have that many. Remove one first.`,
    );
}

/**
 * A browser shows what is pushed to it to whoever sits there, so it belongs to who asked last. Only who knows its
 * secret can take it from somebody.
 */
async function takeFromOthers(
  tx: Tx,
  { seal }: Ctx,
  { user_id, endpoint_hash, auth }: { user_id: string; endpoint_hash: string; auth: string },
): Promise<void> {
  const others = await tx
    .select({ id: push_subscriptions.id, subscription: push_subscriptions.subscription })
    .from(push_subscriptions)
    .where(and(eq(push_subscriptions.endpoint_hash, endpoint_hash), ne(push_subscriptions.user_id, user_id)));
  for (const other of others)
    if ((await openSubscription(seal, other)).keys.auth === auth)
      await tx.delete(push_subscriptions).where(eq(push_subscriptions.id, other.id));
}

/**
 * Has notifications of whoever asks pushed to a browser. The same endpoint again changes its keys and adds nothing.
 * @throws `not_found` where push is not set up, `invalid_request`, `conflict` where there are too many.
 */
export async function subscribe(
  ctx: Ctx,
  subscription: SubscribeRequest,
): Promise<{ device: PushDevice; made: boolean }> {
  checkWayOut(ctx);
  await requirePushKey(ctx);
  const user_id = ownerOf(ctx);
  await checkSubscription(ctx, subscription);
  const endpoint_hash = await sha256Hex(subscription.endpoint);
  const own = and(
    eq(push_subscriptions.user_id, user_id),
    eq(push_subscriptions.endpoint_hash, endpoint_hash),
  );
  return ctx.transact(async (tx) => {
    await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("no key update");
    await takeFromOthers(tx, ctx, { user_id, endpoint_hash, auth: subscription.keys.auth });
    const [known] = await tx.select().from(push_subscriptions).where(own);
    const id = known?.id ?? newId("psb", ctx.now());
    const { user_agent } = ctx.client;
    const sealed = { subscription: await sealSubscription(ctx.seal, id, subscription), user_agent };
    if (known !== undefined) {
      await tx.update(push_subscriptions).set(sealed).where(eq(push_subscriptions.id, id));
      return { device: await showDevice(ctx, { ...known, ...sealed }), made: false };
    }
    await checkRoom(tx, user_id);
    const created_at = isoTime(ctx.now());
    const [row] = await tx
      .insert(push_subscriptions)
      .values({ id, user_id, endpoint_hash, ...sealed, created_at })
      .returning();
    if (row === undefined) throw new Error("an insert answers its row");
    const device = await showDevice(ctx, row);
    await recordAudit(tx, ctx, {
      action: "push_subscription.created",
      target: { type: "push_subscription", id },
      after: { host: device.host },
    });
    return { device, made: true };
  });
}
