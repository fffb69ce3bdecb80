import { isoTime } from "../platform/clock.ts";
import type { Client } from "../platform/ctx.ts";

/** Something that happened to an account: whose, when (ms since 1970), and from where. */
export interface Happening {
  name: string | null;
  at: number;
  client: Client;
}

/** What a mail to a stranger could be made to say: anybody can register somebody else's address under any name. */
const LOOKS_LIKE_MORE = /[^\p{L}\p{M}\p{N} .'’-]|\.\S|\p{N}{4}/u;
const LONGEST_NAME = 60;

/** `Hello Ann,`; the name is left out where it could carry an address, a number to call or a message. */
export function greeting(name: string | null): string {
  const plain = name?.trim() ?? "";
  if (plain === "" || plain.length > LONGEST_NAME || LOOKS_LIKE_MORE.test(plain)) return "Hello,";
  return `Hello ${plain},`;
}

/** `2026-01-01 12:00 UTC`. */
function minuteOf(at: number): string {
  return `${isoTime(at).slice(0, 16).replace("T", " ")} UTC`;
}

/** What a program says of itself, without what a mail reader would make a link of. */
function programOf(userAgent: string | null): string | null {
  const plain = (userAgent ?? "")
    .replace(/\S*(?::\/\/|www\.|@)\S*/gi, "")
    .replace(/[^\x20-\x7e]/g, "")
    .trim()
    .slice(0, 160);
  return plain === "" ? null : plain;
}

/** `This was at 2026-01-01 12:00 UTC.` */
export function when({ at }: Pick<Happening, "at">): string {
  return `This was at ${minuteOf(at)}.`;
}

/** `This was at 2026-01-01 12:00 UTC, from the address 192.0.2.1.` */
export function whenAndWhere({ at, client }: Omit<Happening, "name">): string {
  return `This was at ${minuteOf(at)}, from the address ${client.ip}.`;
}

/** The same with the browser or program. */
export function whenWhereAndWith(happening: Omit<Happening, "name">): string {
  const program = programOf(happening.client.user_agent);
  return program === null
    ? whenAndWhere(happening)
    : `${whenAndWhere(happening)} The browser or program calls itself: ${program}`;
}

const UNITS: [name: string, ms: number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** How long a link is good: `The link works once, for 2 days.` Rounded down, so that it never promises too much. */
export function linkWorks(ttl_ms: number | undefined): string {
  if (ttl_ms === undefined) return "The link works once.";
  const [unit, ms] = UNITS.find(([, length]) => ttl_ms >= 2 * length) ?? ["minute", 60_000];
  const count = Math.max(1, Math.floor(ttl_ms / ms));
  return `The link works once, for ${count} ${unit}${count === 1 ? "" : "s"}.`;
}

export const IF_NOT_YOU =
  "If this was not you: reset your password with “forgot password”, end all sessions, and look through your API keys.";
export const NOTHING_TO_DO = "If you did not ask for this, you need do nothing.";
