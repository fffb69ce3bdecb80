import type { FieldProblem } from "../api/problem.ts";

type Say = string | ((...found: string[]) => string);

/**
 * What is wrong with a field, by what the API says of it, which is written for programs. Groups of the pattern are
 * handed on. The first that fits counts.
 */
const WORDS: readonly (readonly [RegExp, Say])[] = [
  [/must be an e-mail address/, "Enter an e-mail address, such as ann@example.org."],
  // Passwords and codes.
  [
    /^has (\d+) characters; it must have at least (\d+), or (\d+) once/,
    (has, least, less) =>
      `${has} characters are too few: use at least ${least}, or ${less} with a second factor.`,
  ],
  [
    /^has (\d+) characters; it must have at least (\d+)/,
    (has, least) => `${has} characters are too few: use at least ${least}.`,
  ],
  [/must have at most (\d+)(?: characters)?$/, (most) => `Use at most ${most} characters.`],
  [
    /too similar to the e-mail address/,
    "Too close to your name, your e-mail address or the name of this service.",
  ],
  [/one of the most used passwords/, "Many people use this password, so it is tried first. Choose another."],
  [/^is too easy to guess/, "Too easy to guess. Add words that have nothing to do with each other."],
  [/^was used before; it must differ from the last/, "You had this password before. Choose another."],
  [
    /half of a surrogate pair|control characters|not assigned in Unicode|broken Unicode|hold NUL/,
    "Leave out the special characters that cannot be typed.",
  ],
  [
    /^is wrong, has run out, or was used already/,
    "This code is wrong, has expired or was used before. Wait for the next one.",
  ],
  [
    /^is wrong, was used already, or has run out/,
    "This link was used before or has expired. Ask for another mail.",
  ],
  [/^is wrong$|^is not the one/, "This password is wrong."],
  [/^is needed to change the address/, "Enter your current password."],
  // Lengths of texts and lists.
  [/^must be at most (\d+) characters long/, (most) => `Use at most ${most} characters.`],
  [/expected string to have <=(\d+) characters/, (most) => `Use at most ${most} characters.`],
  [/expected array to have >=1 items/, "Choose at least one."],
  [
    /^must (?:not be empty|hold a text)|expected string to have >=1 characters|received (?:undefined|null)/,
    "Fill this in.",
  ],
  [/^must be one line/, "Use one line of plain text."],
  // Alert rules.
  [/^must be a duration/, "Enter a time such as 30s, 5m or 1h30m."],
  [/^must lie between (\d\w*) and (\d\w*)$/, (least, most) => `Enter a time between ${least} and ${most}.`],
  [/^must be a percentage/, "Enter by how many percent, such as 10."],
  [
    /^must be the number to compare with|^must be a (?:finite |negative |whole )?(?:number|decimal)/,
    "Enter a number, such as 1000 or 0.5.",
  ],
  [/^must say since when the change is counted/, "Enter a time, such as 1h."],
  [/^must say how long nothing may come/, "Enter for how long, such as 10m."],
  [/^must be at most the threshold/, "Must not be above the threshold."],
  [/^must be at least the threshold/, "Must not be below the threshold."],
  [/^must be left out/, "Leave this empty here."],
  [
    /^there is no collection/,
    "There is no such collection. Choose one that is suggested, or leave this empty.",
  ],
  [
    /^must be lower-case letters, digits/,
    "There is no such collection. Choose one that is suggested, or leave this empty.",
  ],
  [/^there is no metric/, "There is no such metric any more. Choose another."],
  [/^must be "value"/, "This metric can only be compared with a number."],
  [/^names \{\{|placeholder/, "The message names something that this metric does not have."],
  [/^holds for every alert without a label/, "This would silence everything. Name what it is for."],
  [/must differ from start/, "The end must differ from the start."],
  [/time zone/, "Choose a time zone from the list."],
  // Times, keys and addresses.
  [/in the future|lie ahead/, "Choose a time in the future."],
  [/must be an ISO 8601 time|must be a time with a zone/, "Enter a date and time."],
  [/is not among your own permissions/, "A key cannot be allowed more than you are."],
  [/^must be at most (\d+) in your plan/, (most) => `Your plan allows at most ${most}.`],
];

/** What is said of a field whatever is wrong with it, where nothing better is known. */
const BY_FIELD: Readonly<Record<string, string>> = {
  slack_url: "Enter the https address of an incoming webhook, as the chat service shows it.",
};

/** The name of the field that a JSON pointer means: `/scopes/2` is said of `scopes`. */
export function fieldOf({ pointer }: Pick<FieldProblem, "pointer">): string {
  return pointer.replace(/^[/?]/, "").split("/")[0] ?? "";
}

/** What is wrong with a field, in a sentence for whoever filled it in; `null`: there are no words for it. */
export function sayField(problem: FieldProblem): string | null {
  for (const [pattern, say] of WORDS) {
    const found = pattern.exec(problem.message);
    if (found !== null) return typeof say === "string" ? say : say(...found.slice(1));
  }
  return BY_FIELD[fieldOf(problem)] ?? null;
}
