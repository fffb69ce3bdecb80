import { WireError } from "./wire.ts";

/**
 * PGlite has one session, whose first user is the superuser: whoever could say RESET ROLE would be it. So clients set
 * nothing but these. The rest is Postgres' own doing: the role may make no function, run no DO block and not call
 * set_config (`pglite-role.ts`), so that the text of a statement is all that there is to look at.
 */
const SETTABLE = new Set([
  "bytea_output",
  "datestyle",
  "extra_float_digits",
  "intervalstyle",
  "lock_timeout",
  "search_path",
  "session_replication_role",
  "statement_timeout",
  "timezone",
  "transaction",
]);
/** Where Postgres would end a session for its silence, PGlite ends itself: the endpoint does it instead. */
const SILENCE = /(\bset local idle_in_transaction_session_timeout = )\d+/g;
const SILENCE_OFF = "set local idle_in_transaction_session_timeout = 0";

/** Whether the text can hold a statement of the kinds that are looked at; nearly all hold none. */
const SUSPECT = /(?:^|;)\s*(?:set|reset|discard)\b|--|\/\*/i;
/** Strings, quoted names and comments to the end of a line: in none of them does a statement begin or end. */
const OPAQUE =
  /\b[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_]\w*)?\$)[\s\S]*?\1|--[^\n\r]*/g;

function checkStatement(statement: string): void {
  const [verb = "", ...words] = statement
    .trim()
    .toLowerCase()
    .split(/[\s=]+/, 4);
  if (verb === "reset" || verb === "discard")
    throw new WireError(`${verb.toUpperCase()} is not for clients of the embedded database`);
  if (verb !== "set" || statement.trim().toLowerCase() === SILENCE_OFF) return;
  const [name = ""] = words.slice(words[0] === "local" || words[0] === "session" ? 1 : 0);
  if (!SETTABLE.has(name)) throw new WireError(`clients of the embedded database may not set ${name}`);
}

/**
 * The text of statements as PGlite is given it.
 * @throws WireError for one that would change who the session is, or end it.
 */
export function guardText(given: string): string {
  const text = given.replace(SILENCE, "$10");
  if (!SUSPECT.test(text)) return text;
  const bare = text.replace(OPAQUE, (found) => {
    if (found.startsWith("--")) return " ";
    return found.startsWith('"') ? '"name"' : " '' ";
  });
  if (bare.includes("/*")) throw new WireError("the embedded database takes no comments in /* */");
  for (const statement of bare.split(";")) checkStatement(statement);
  return text;
}
