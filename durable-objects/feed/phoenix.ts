import { z } from "zod";
import { cutText } from "../../shared/domain/cut-text.ts";
import { parseJson } from "../../shared/providers/opensea/json.ts";

/**
 * Phoenix channels as JSON text frames
 * (https://hexdocs.pm/phoenix/writing_a_channels_client.html): version 2 sends arrays
 * `[join_ref, ref, topic, event, payload]`, version 1 objects.
 */
export type PhoenixVersion = 1 | 2;

export interface PhoenixFrame {
  join_ref: string | null;
  ref: string | null;
  topic: string;
  event: string;
  payload: unknown;
}

const Ref = z
  .union([z.string(), z.number().transform(String)])
  .nullish()
  .transform((ref) => ref ?? null);
const ArrayFrame = z
  .tuple([Ref, Ref, z.string(), z.string(), z.unknown()])
  .transform(
    ([join_ref, ref, topic, event, payload]): PhoenixFrame => ({ join_ref, ref, topic, event, payload }),
  );
const ObjectFrame = z
  .object({ join_ref: Ref, ref: Ref, topic: z.string(), event: z.string(), payload: z.unknown() })
  .transform(
    ({ join_ref, ref, topic, event, payload }): PhoenixFrame => ({
      join_ref,
      ref,
      topic,
      event,
      payload,
    }),
  );
const Frame = z.union([ArrayFrame, ObjectFrame]);

const ReplyPayload = z.object({ status: z.string(), response: z.unknown().optional() });

export function encodeFrame(version: PhoenixVersion, frame: PhoenixFrame): string {
  const { join_ref, ref, topic, event, payload } = frame;
  return JSON.stringify(
    version === 2 ? [join_ref, ref, topic, event, payload] : { topic, event, payload, ref, join_ref },
  );
}

/** Reads a frame of either version, whichever was asked for; `null` where it is none. */
export function decodeFrame(text: string): PhoenixFrame | null {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return null;
  }
  const parsed = Frame.safeParse(value);
  return parsed.success ? parsed.data : null;
}

export function joinFrame(topic: string, ref: string): PhoenixFrame {
  return { join_ref: ref, ref, topic, event: "phx_join", payload: {} };
}

export function leaveFrame(topic: string, joinRef: string, ref: string): PhoenixFrame {
  return { join_ref: joinRef, ref, topic, event: "phx_leave", payload: {} };
}

export function heartbeatFrame(ref: string): PhoenixFrame {
  return { join_ref: null, ref, topic: "phoenix", event: "heartbeat", payload: {} };
}

/** What a `phx_reply` says: `ok`, or why not. */
export function readReply(payload: unknown): { ok: boolean; reason: string } {
  const parsed = ReplyPayload.safeParse(payload);
  if (!parsed.success) return { ok: false, reason: "a reply without status" };
  const reason =
    parsed.data.status === "ok" ? "" : cutText(JSON.stringify(parsed.data.response ?? null), 200);
  return { ok: parsed.data.status === "ok", reason };
}
