import type { Transition } from "../../../shared/alerts/engine/types.ts";
import type { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { parseDuration } from "../../../shared/contracts/duration.ts";

/** What was seen: a fraction in units of 10^-18, nothing, or that it could not be read. */
export type Seen = bigint | "no_data" | "error";

const HOUR = 3_600_000;
export const UNIT = 10n ** 18n;

/** Decimal text in units of 10^-18; more digits are not known here. */
export function unitsOf(text: string): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  const units = BigInt(whole) * UNIT + BigInt(fraction.padEnd(18, "0"));
  return sign === "-" ? -units : units;
}

export function textOf(units: bigint): string {
  const digits = (units < 0n ? -units : units).toString().padStart(19, "0");
  const fraction = digits.slice(-18).replace(/0+$/, "");
  const text = fraction === "" ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`;
  return units < 0n ? `-${text}` : text;
}

const ms = (text: string) => parseDuration(text) ?? 0;

/** The rules of the machine told once more, from nothing but what happened so far: no state of the engine's is used. */
export class NaiveMachine {
  readonly #fields: AlertRuleFields;
  readonly #for: number;
  #phase: "quiet" | "waiting" | "firing" = "quiet";
  #acknowledged = false;
  #began = 0;
  #stopped: number | null = null;
  #ended: number | null = null;
  #armed = true;
  #must_stop = false;
  #value: string | null = null;
  readonly #firings: number[] = [];
  /** Whether hours hold, and when they next begin or end. */
  readonly #hours: (t: number) => { on: boolean; edge: number | null };

  constructor(fields: AlertRuleFields, hours: (t: number) => { on: boolean; edge: number | null }) {
    this.#fields = fields;
    this.#for = fields.condition === "absence" ? 0 : ms(fields.for);
    this.#hours = hours;
  }

  get standing(): boolean {
    return this.#phase !== "quiet";
  }

  /** Every instant at which something might have to be looked at again; more of them do no harm. */
  timers(t: number): number[] {
    const last = this.#firings.at(-1);
    const timers = [this.#began + this.#for, this.#hours(t).edge, (last ?? 0) + HOUR];
    if (this.#stopped !== null)
      timers.push(this.#stopped + ms(this.#fields.keep_firing_for), this.#stopped + 600_000);
    if (this.#ended !== null) timers.push(this.#ended + ms(this.#fields.cooldown));
    if (this.#fields.expires_at !== null) timers.push(Date.parse(this.#fields.expires_at));
    return timers.filter((at) => at !== null && at > t).map(Number);
  }

  look(t: number, seen: Seen): Transition[] {
    const { expires_at, one_shot } = this.#fields;
    const value = typeof seen === "bigint" && this.#fields.condition !== "absence" ? textOf(seen) : null;
    const missing = typeof seen === "bigint" ? null : seen;
    if (expires_at !== null && Date.parse(expires_at) <= t) return this.#end(t, value, "rule_expired");
    const truth = this.#truth(seen);
    if (truth === null) return [];
    if (this.#phase === "firing") {
      if (truth) this.#stopped = null;
      else this.#stopped ??= t;
      if (this.#stopped === null || t - this.#stopped < this.#patience(t)) return [];
      return this.#end(t, value, missing ?? "condition_cleared");
    }
    if (this.#must_stop) {
      this.#must_stop = truth;
      return [];
    }
    const barred =
      !this.#armed ||
      !this.#hours(t).on ||
      (this.#ended !== null && t < this.#ended + ms(this.#fields.cooldown));
    if (!truth || barred) return this.#end(t, value, missing ?? "condition_cleared");
    const starts = this.#phase === "quiet";
    if (starts) this.#began = t;
    if (t - this.#began < this.#for) {
      if (!starts) return [];
      this.#phase = "waiting";
      this.#value = value;
      return [{ from: null, to: "pending", at: t, value, reason: missing ?? "condition_met" }];
    }
    this.#phase = "firing";
    this.#value = value;
    this.#firings.push(t);
    if (one_shot) this.#armed = false;
    const reason = missing ?? (starts ? "condition_met" : "held_for");
    return [{ from: starts ? null : "pending", to: "active", at: t, value, reason }];
  }

  acknowledge(t: number): Transition[] {
    if (this.#phase !== "firing" || this.#acknowledged) return [];
    this.#acknowledged = true;
    return [{ from: "active", to: "acknowledged", at: t, value: this.#value, reason: "acknowledged" }];
  }

  resolve(t: number): Transition[] {
    if (!this.standing) return [];
    this.#must_stop = this.#stopped === null;
    return this.#end(t, this.#value, "resolved_by_hand");
  }

  rearm(): Transition[] {
    this.#armed = true;
    return [];
  }

  #end(at: number, value: string | null, reason: Transition["reason"]): Transition[] {
    if (!this.standing) return [];
    const from = this.#phase === "waiting" ? "pending" : this.#acknowledged ? "acknowledged" : "active";
    if (this.#phase === "firing") this.#ended = at;
    this.#phase = "quiet";
    this.#acknowledged = false;
    this.#stopped = null;
    this.#value = value;
    return [{ from, to: "resolved", at, value, reason }];
  }

  /** `null`: nothing can be said. */
  #truth(seen: Seen): boolean | null {
    const { condition, no_data, on_error, operator, threshold, clear_threshold } = this.#fields;
    const policies = { fire: true, keep: null, resolve: false };
    if (seen === "error") return policies[on_error];
    if (condition === "absence") return seen === "no_data";
    if (seen === "no_data") return policies[no_data];
    const going_on = this.#phase === "firing" || this.#must_stop;
    const limit = unitsOf((going_on ? (clear_threshold ?? threshold) : threshold) ?? "0");
    const answers = {
      "<": seen < limit,
      "<=": seen <= limit,
      ">": seen > limit,
      ">=": seen >= limit,
      "==": seen === limit,
      "!=": seen !== limit,
    };
    return answers[operator ?? "=="];
  }

  /** How long it must not hold: at least 10 min from the fourth firing within an hour until an hour passed without one. */
  #patience(t: number): number {
    let flapping = false;
    this.#firings.forEach((at, index) => {
      if (at - (this.#firings[index - 1] ?? at) >= HOUR) flapping = false;
      if (this.#firings.filter((other, place) => place <= index && other > at - HOUR).length >= 4)
        flapping = true;
    });
    if (t - (this.#firings.at(-1) ?? t) >= HOUR) flapping = false;
    return Math.max(ms(this.#fields.keep_firing_for), flapping ? 600_000 : 0);
  }
}
