import { canonicalMoney } from "../../domain/money.ts";
import { compareDecimals, type Decimal, decimalOf } from "./decimal.ts";
import type { RuleSpec } from "./types.ts";

interface Entry<T> {
  limit: Decimal;
  item: T;
}

/**
 * Rules by the values at which their comparison can come out otherwise. Both thresholds of a rule stand in it, so that
 * nothing has to be moved when it fires; who is found and was not concerned loses a look.
 */
export class ThresholdIndex<T> {
  /** Of `<`, `<=`, `>` and `>=`, in ascending order. */
  readonly #sides: readonly Entry<T>[];
  /** Of `==` and `!=`, by the canonical number. */
  readonly #equals = new Map<string, T[]>();

  constructor(rules: Iterable<{ spec: RuleSpec; item: T }>) {
    const sides: Entry<T>[] = [];
    for (const { spec, item } of rules) {
      const { operator, threshold, clear_threshold } = spec;
      if (operator === null || threshold === null) continue;
      if (operator === "==" || operator === "!=") this.#addEqual(threshold, item);
      else {
        sides.push({ limit: decimalOf(threshold), item });
        if (clear_threshold !== null && clear_threshold !== threshold)
          sides.push({ limit: decimalOf(clear_threshold), item });
      }
    }
    this.#sides = sides.sort((left, right) => compareDecimals(left.limit, right.limit));
  }

  #addEqual(threshold: string, item: T): void {
    const key = canonicalMoney(threshold);
    const there = this.#equals.get(key);
    if (there === undefined) this.#equals.set(key, [item]);
    else there.push(item);
  }

  /** Everyone whose comparison may differ between two values; some twice. */
  *between(one: Decimal, other: Decimal): Iterable<T> {
    const order = compareDecimals(one, other);
    if (order === 0) return;
    const [low, high] = order < 0 ? [one, other] : [other, one];
    for (let place = this.#firstFrom(low); place < this.#sides.length; place++) {
      const entry = this.#sides[place];
      if (entry === undefined || compareDecimals(entry.limit, high) > 0) break;
      yield entry.item;
    }
    if (this.#equals.size === 0) return;
    yield* this.#equals.get(canonicalMoney(one.text)) ?? [];
    yield* this.#equals.get(canonicalMoney(other.text)) ?? [];
  }

  /** The first place whose limit is not below `low`. */
  #firstFrom(low: Decimal): number {
    let [from, to] = [0, this.#sides.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const entry = this.#sides[middle];
      if (entry !== undefined && compareDecimals(entry.limit, low) < 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
