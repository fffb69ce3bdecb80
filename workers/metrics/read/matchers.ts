import { type SQL, sql } from "drizzle-orm";
import { matchesPattern } from "../../../shared/alerts/silences/match-silences.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { refuse } from "./grid.ts";

export const MATCH_PREFIX = "match.";
const MOST_MATCHERS = 10;
const MOST_CHARACTERS = 200;
const NAME = /^[a-z_][a-z0-9_]{0,63}$/;

/** What a label must be like, or with `not`, must not. */
export interface Matcher {
  label: string;
  pattern: string;
  not: boolean;
}

/** The `match.` parameters of a query, and the others. Throws `invalid_request`. */
export function splitMatchers(rest: Record<string, string>): {
  matchers: Matcher[];
  others: Record<string, string>;
} {
  const given = Object.entries(rest);
  const matchers = given.flatMap(([name, value]) =>
    name.startsWith(MATCH_PREFIX) ? [matcherOf(name, value)] : [],
  );
  if (matchers.length > MOST_MATCHERS)
    throw refuse(
      `${MATCH_PREFIX}${matchers.at(-1)?.label}`,
      `must not be more than ${MOST_MATCHERS} match. parameters`,
    );
  return { matchers, others: Object.fromEntries(given.filter(([name]) => !name.startsWith(MATCH_PREFIX))) };
}

function matcherOf(name: string, value: string): Matcher {
  const label = name.slice(MATCH_PREFIX.length);
  const not = value.startsWith("!");
  const pattern = not ? value.slice(1) : value;
  if (!NAME.test(label)) throw refuse(name, "must name a label behind match., such as match.host");
  if (pattern === "" || pattern.length > MOST_CHARACTERS)
    throw refuse(name, `must be a text of 1 to ${MOST_CHARACTERS} characters, in which * is any text`);
  return { label, pattern, not };
}

/** Whether labels are as a matcher says; a label that is not there is like no pattern. */
export function matchesLabel({ label, pattern, not }: Matcher, labels: Labels): boolean {
  const value = Object.hasOwn(labels, label) ? labels[label] : undefined;
  return (value !== undefined && matchesPattern(pattern, value)) !== not;
}

/** The same of a text column that is never null, for Postgres to look for. */
export function matchesText(column: SQL, { pattern, not }: Matcher): SQL {
  const like = pattern.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
  return not ? sql`${column} not like ${like}` : sql`${column} like ${like}`;
}
