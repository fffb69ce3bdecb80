import type { NotificationLevel, PushMessage } from "../../contracts/notifications.ts";
import { cutText } from "../../domain/cut-text.ts";
import { bytesOf } from "./encrypt-push.ts";

/** Push services promise 4096 bytes with what encryption adds; less arrives everywhere. */
const MOST_BYTES = 3000;
const HOUR_S = 3600;

/** How long a push service keeps it for a browser that is away, and whether it wakes one that saves power (RFC 8030, 5). */
const DELIVERY = {
  info: { ttl_s: 24 * HOUR_S, urgency: "low" },
  warning: { ttl_s: 24 * HOUR_S, urgency: "normal" },
  error: { ttl_s: 72 * HOUR_S, urgency: "high" },
  critical: { ttl_s: 72 * HOUR_S, urgency: "high" },
} as const satisfies Record<NotificationLevel, { ttl_s: number; urgency: string }>;

/** The headers by which a push service handles a notification. A repeat of it replaces what has not arrived yet. */
export function deliveryHeaders({ id, level }: Pick<PushMessage, "id" | "level">): Record<string, string> {
  const { ttl_s, urgency } = DELIVERY[level];
  // A topic has at most 32 characters of base64url, as the body of an id has.
  return { ttl: String(ttl_s), urgency, topic: id.slice(-32) };
}

const encode = (message: PushMessage) => bytesOf(JSON.stringify(message));

/** The beginning of a text, cut between characters. */
function beginning(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(Math.max(bytes, 0)));
  return cutText(text, read);
}

/** The message as bytes, its body cut where it is too long. */
export function encodeMessage(message: PushMessage): Uint8Array<ArrayBuffer> {
  let { body } = message;
  let bytes = encode(message);
  // What JSON escapes is longer than it looks, so that one cut may not do.
  while (bytes.length > MOST_BYTES && body !== "") {
    const { length } = bytesOf(body);
    body = beginning(body, length - (bytes.length - MOST_BYTES) - 3);
    bytes = encode({ ...message, body: `${body}…` });
  }
  return bytes;
}
