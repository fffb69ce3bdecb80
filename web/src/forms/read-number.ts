import { FieldsRefused } from "./field-problems.ts";

/** How a number is written somewhere: what stands between thousands, and before the digits after the point. */
interface Convention {
  group: string;
  point: string;
}

/** As this page and the API write numbers. */
const OURS: Convention = { group: ",", point: "." };
const BLANKS = /[\s\u00A0\u2009\u202F]/g;

function conventionOf(locale: string | undefined): Convention {
  const parts = new Intl.NumberFormat(locale, { useGrouping: true }).formatToParts(1_234_567.5);
  const part = (type: Intl.NumberFormatPartTypes) => parts.find((each) => each.type === type)?.value;
  return {
    group: part("group")?.replace(BLANKS, " ").replace(/[’']/g, "’") ?? " ",
    point: part("decimal") ?? ".",
  };
}

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The number that a text is by a convention, without needless zeros; `null` where it is none. */
function readAs({ group, point }: Convention, text: string): string | null {
  const whole = `(?:\\d+|[1-9]\\d{0,2}(?:${literal(group)}\\d{3})+)`;
  const [, sign = "", integer, fraction = ""] =
    new RegExp(`^([+-]?)(${whole})(?:${literal(point)}(\\d+))?$`).exec(text) ?? [];
  if (integer === undefined) return null;
  const digits = integer.replaceAll(group, "").replace(/^0+(?=\d)/, "");
  const rest = fraction.replace(/0+$/, "");
  return `${sign === "-" ? "-" : ""}${digits}${rest === "" ? "" : `.${rest}`}`;
}

/** Every number that a text may be. */
function readingsOf(typed: string, locale: string | undefined): Set<string> {
  const text = typed.trim().replace(/^[−–]/, "-").replace(BLANKS, " ").replace(/[’']/g, "’");
  const conventions = [conventionOf(locale), OURS, { group: " ", point: "." }, { group: " ", point: "," }];
  const found = new Set<string>();
  for (const convention of conventions.slice(0, 2)) {
    const value = readAs(convention, text);
    if (value !== null) found.add(value);
  }
  // What cannot be a thousand by either: blanks between thousands, and a comma before digits that are no three.
  if (found.size === 0)
    for (const convention of conventions.slice(2)) {
      const value = readAs(convention, text);
      if (value !== null) found.add(value);
    }
  return found;
}

/** A number that was typed: what it is, or why nobody can be sure of it. */
export function parseNumber(typed: string, locale?: string): { value: string } | { problem: string } {
  const [value, other] = readingsOf(typed, locale);
  if (value === undefined) return { problem: "Enter a number, such as 1000 or 0.5." };
  if (other === undefined) return { value };
  return {
    problem: `This may be ${value} or ${other}. Write ${writeNumber(value, locale)} or ${writeNumber(other, locale)}.`,
  };
}

/** A number as it can be typed and read as nothing else: a zero more where three digits look like thousands. */
export function writeNumber(value: string, locale?: string): string {
  return readingsOf(value, locale).size > 1 ? `${value}0` : value;
}

/** The number in a field, as decimal text; `null`: it is empty. Throws where nobody can be sure of it. */
export function readNumber(field: string, typed: string): string | null {
  if (typed.trim() === "") return null;
  const read = parseNumber(typed);
  if ("value" in read) return read.value;
  throw new FieldsRefused([{ pointer: `/${field}`, message: read.problem }]);
}
