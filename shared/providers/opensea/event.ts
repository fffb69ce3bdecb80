import { MAX_RAW_BYTES, MarketEventInput } from "../../contracts/market.ts";
import { cutText } from "../../domain/cut-text.ts";
import { SkippedEvent } from "./skip.ts";

export const SOURCE = "opensea";
export const MARKETPLACE = "opensea";

/** Checks a normalised event against the contract; throws `SkippedEvent` with what the contract refuses. */
export function finishEvent(candidate: Record<string, unknown>, raw: unknown): MarketEventInput {
  const parsed = MarketEventInput.safeParse({ ...candidate, source: SOURCE, raw: keepRaw(raw) });
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SkippedEvent("refused", `${issue?.path.join("/") ?? ""} ${issue?.message ?? "is not valid"}`);
}

/** One where it is not said or said to be none; a quantity that cannot be read would make every price a guess. */
export function readQuantity(text: string | null): string {
  if (text === null || /^0+$/.test(text)) return "1";
  if (!/^\d{1,78}$/.test(text)) throw new SkippedEvent("refused", `quantity ${cutText(text, 40)}`);
  return text;
}

/** The names that make OpenSea's messages long and that no inquiry has needed. */
const BULKY = new Set(["protocol_data", "traits", "description", "metadata", "encoded_token_ids"]);

/**
 * What was sent, small enough to keep: whole where it fits, else without its bulky parts, else its beginning.
 * A note says what happened to it.
 */
export function keepRaw(raw: unknown): unknown {
  const text = JSON.stringify(raw) ?? "null";
  if (text.length <= MAX_RAW_BYTES) return raw;
  const note = `was ${text.length} characters long`;
  const slim = JSON.stringify(raw, (key, value: unknown) => (BULKY.has(key) ? undefined : value));
  const trimmed = { trimmed: `${note}; without ${[...BULKY].join(", ")}`, raw: JSON.parse(slim) as unknown };
  if (JSON.stringify(trimmed).length <= MAX_RAW_BYTES) return trimmed;
  // Quotes double when JSON text is put into JSON, hence half of the room.
  return { trimmed: `${note}; its beginning`, text: text.slice(0, MAX_RAW_BYTES / 2 - 200).toWellFormed() };
}
