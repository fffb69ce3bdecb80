/** Texts that patterns are tried on have at most this many characters. */
export const MAX_MATCHED_CHARACTERS = 256;
/** The most ways in which the patterns of a schema may try to match one text. */
export const MAX_PATHS = 100_000;

/** A pattern that takes more than may be spent on it, or what cannot be bounded. The message ends a sentence. */
export class PatternError extends Error {}

/**
 * An upper bound of the ways in which a backtracking matcher can go through a pattern on a text of `length`: each
 * repetition and alternative multiplies them, so what explodes (`(a+)+`, a row of `a?`) is found before it runs.
 * Look-around and back-references are refused, since what they cost does not follow from their form.
 * @throws PatternError
 */
export function countPaths(pattern: string, length = MAX_MATCHED_CHARACTERS): number {
  try {
    new RegExp(pattern, "u");
  } catch {
    throw new PatternError("is no regular expression (ECMAScript, with the flag u)");
  }
  const reader = new Reader(pattern, length);
  const paths = reader.alternatives(true);
  if (!reader.done) throw new PatternError("holds something that is not understood here");
  return paths;
}

function capped(paths: number): number {
  if (paths > MAX_PATHS)
    throw new PatternError(
      `could try too many ways on a text of ${MAX_MATCHED_CHARACTERS} characters: begin it with ^, repeat no group that repeats something itself, and give repetitions an upper bound, such as {1,20}`,
    );
  return paths;
}

interface Repetition {
  least: number;
  most: number;
}

class Reader {
  private readonly pattern: string;
  private readonly length: number;
  private at = 0;

  constructor(pattern: string, length: number) {
    this.pattern = pattern;
    this.length = length;
  }

  get done(): boolean {
    return this.at >= this.pattern.length;
  }

  /** @param outermost where a branch without ^ is tried at each place of the text. */
  alternatives(outermost: boolean): number {
    let sum = 0;
    do {
      const anchored = !outermost || this.pattern[this.at] === "^";
      sum = capped(sum + capped(this.sequence() * (anchored ? 1 : this.length)));
    } while (this.take("|"));
    return sum;
  }

  private sequence(): number {
    let product = 1;
    while (!this.done && this.pattern[this.at] !== "|" && this.pattern[this.at] !== ")")
      product = capped(product * this.repeated(this.atom()));
    return product;
  }

  /** The ways through one atom that may be repeated: those of each number of repetitions. */
  private repeated(paths: number): number {
    const { least, most } = this.repetition();
    if (paths === 1) return capped(most - least + 1);
    let sum = 0;
    let power = 1;
    for (let times = 0; times <= most; times += 1) {
      if (times > 0) power = capped(power * paths);
      if (times >= least) sum = capped(sum + power);
    }
    return sum;
  }

  private repetition(): Repetition {
    const rest = this.pattern.slice(this.at);
    const [whole = "", sign, from, comma, to] = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(rest) ?? [];
    this.at += whole.length;
    const limit = (count: number) => Math.min(count, this.length);
    if (whole === "") return { least: 1, most: 1 };
    if (sign !== undefined) {
      const least = sign === "+" ? 1 : 0;
      return { least, most: sign === "?" ? 1 : this.length };
    }
    const least = limit(Number(from));
    if (comma === "") return { least, most: least };
    return { least, most: to === "" ? this.length : limit(Number(to)) };
  }

  private atom(): number {
    if (this.take("(")) return this.group();
    if (this.take("[")) return this.characterClass();
    if (this.take("\\")) return this.escape();
    this.at += 1;
    return 1;
  }

  private group(): number {
    const [kind = ""] = /^\?(?:<[A-Za-z_]\w*>|:|.{0,2})/.exec(this.pattern.slice(this.at)) ?? [];
    if (kind !== "" && kind !== "?:" && !kind.endsWith(">"))
      throw new PatternError("must not look around itself: groups are (…), (?:…) and (?<name>…)");
    this.at += kind.length;
    const paths = this.alternatives(false);
    if (!this.take(")")) throw new PatternError("holds something that is not understood here");
    return paths;
  }

  private characterClass(): number {
    while (!this.done && this.pattern[this.at] !== "]") this.at += this.pattern[this.at] === "\\" ? 2 : 1;
    this.at += 1;
    return 1;
  }

  private escape(): number {
    const [whole = "?"] = /^(?:[uU]\{[^}]*\}|[pP]\{[^}]*\}|u[\da-fA-F]{4}|x[\da-fA-F]{2}|.)/.exec(
      this.pattern.slice(this.at),
    ) ?? ["?"];
    if (/^[1-9k]/.test(whole)) throw new PatternError("must not refer back to what it matched");
    this.at += whole.length;
    return 1;
  }

  private take(text: string): boolean {
    if (this.pattern[this.at] !== text) return false;
    this.at += 1;
    return true;
  }
}
