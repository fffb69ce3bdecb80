import { z } from "zod";
import type { Seal } from "../../platform/seal.ts";

/** What a browser's `PushSubscription.toJSON()` says of itself, as it is kept: whoever has it can write to the browser. */
export const Subscription = z.object({
  endpoint: z.string(),
  /** Ms since 1970, where it ends by itself. */
  expirationTime: z.number().nullable(),
  keys: z.object({ p256dh: z.string(), auth: z.string() }),
});
export type Subscription = z.infer<typeof Subscription>;

/** What a subscription is sealed for. */
export const pushPurpose = (id: string) => `push_subscription:${id}`;

export async function sealSubscription(seal: Seal, id: string, subscription: Subscription): Promise<string> {
  return seal.seal(pushPurpose(id), JSON.stringify(subscription));
}

export async function openSubscription(
  seal: Seal,
  { id, subscription }: { id: string; subscription: string },
): Promise<Subscription> {
  return Subscription.parse(JSON.parse(await seal.open(pushPurpose(id), subscription)));
}
