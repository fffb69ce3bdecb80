import { z } from "@hono/zod-openapi";
import { PushDevice } from "../../../shared/contracts/notifications.ts";
import { storableText } from "../../../shared/contracts/primitives.ts";
import { pathId } from "../../../shared/platform/http/parameters.ts";

/** As `PushSubscription.toJSON()` gives it; what else a browser adds is left aside. */
export const SubscribeRequest = z
  .object({
    endpoint: storableText(2000).openapi({ example: "https://fcm.googleapis.com/fcm/send/dXJs" }),
    expirationTime: z
      .number()
      .nullable()
      .default(null)
      .openapi({ description: "Ms since 1970, where it ends by itself" }),
    keys: z.object({
      p256dh: z.string().max(100).openapi({ description: "A P-256 point of 65 bytes, base64url" }),
      auth: z.string().max(30).openapi({ description: "16 bytes, base64url" }),
    }),
  })
  .openapi("PushSubscriptionRequest");
export type SubscribeRequest = z.output<typeof SubscribeRequest>;

export const PushKey = z
  .object({
    application_server_key: z.string().nullable().openapi({
      description:
        "For `pushManager.subscribe`: a P-256 point of 65 bytes, base64url; null where push is not set up",
    }),
  })
  .openapi("PushKey");

export const PushDeviceParams = z.object({
  id: pathId("psb", "device"),
});

export const PushDeviceList = z
  .object({ data: z.array(PushDevice), next_cursor: z.null() })
  .openapi("PushDeviceList");
