import type { NotificationLevel } from "../../contracts/notifications.ts";
import type { Outcome } from "../settle-sends.ts";

/** What is told in a chat. */
export interface ChatMessage {
  level: NotificationLevel;
  title: string;
  body: string;
}

/** What a chat answered; `body` is its beginning as text. */
export interface ChatAnswer {
  status: number;
  body: string;
  /** What `Retry-After` asks for, in ms. */
  retry_after_ms: number | null;
}

/** A chat that notifications are posted to, by its public documentation. An address is text, and a secret. */
export interface Chat {
  /** Where its address is kept, sealed. */
  column: "slack_url" | "discord_url" | "telegram";
  /** What is wrong with an address, in words, or `null`. */
  refuse(address: string): string | null;
  /** What is posted for a message, as JSON. */
  request(address: string, message: ChatMessage): { url: string; body: unknown };
  judge(answer: ChatAnswer): Outcome;
}

/** Refusals that may pass: the receiver was slow, or had too much of us. */
const PASSING = new Set([408, 425, 429]);

/** What a status alone says. */
export function judgeStatus({ status, retry_after_ms }: ChatAnswer, says = ""): Outcome {
  if (status >= 200 && status < 300) return { status: "sent" };
  const why = `status ${status} instead of 2xx${says === "" ? "" : `: ${says}`}`;
  if (status < 500 && !PASSING.has(status)) return { status: "failed", why };
  return { status: "again", why, ...(retry_after_ms !== null && { wait_ms: retry_after_ms }) };
}

/** JSON that came back; `null` where it is none. */
export function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}
