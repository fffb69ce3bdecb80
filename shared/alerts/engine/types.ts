import type {
  ActiveHours,
  AlertCondition,
  AlertHealth,
  AlertOperator,
  AlertState,
  MissingPolicy,
  TransitionReason,
} from "../../contracts/alerts.ts";

/** What a metric says at an instant. Values are decimal text. */
export type Observation =
  | { kind: "value"; value: string }
  | { kind: "no_data" }
  /** `why` is shown to the rule's owner: nothing internal. */
  | { kind: "error"; why: string };

/** What happened at an instant (ms since 1970) that metrics are made of; `value: null` says that there is none any more. */
export interface ValuePoint {
  at: number;
  value: string | null;
  /** Of what was told late: it also stood until then, and counts while it is the lowest of all that did. */
  until?: number;
}

/** A sale, as windowed metrics of the market count it. Prices are per item, in the collection's own unit; `null`: unknown. */
export interface SalePoint {
  at: number;
  price: string | null;
  /** Whole number in text. */
  items: string;
  token_id: string | null;
  buyer: string | null;
  seller: string | null;
}

/**
 * A metric of one series while time passes. Points come in the order of their numbers; one whose `at` is older than the
 * newest counts where it belongs, and changes nothing that was said before.
 */
export interface Signal<P = unknown> {
  push(point: P): void;
  /**
   * What it says at `t`, and when that may change by time alone: at the first instant after `t` at which another answer is
   * possible without another point; `null`: never. `t` never goes back.
   */
  at(t: number): { observation: Observation; next_at: number | null };
}

/** What the state machine needs to know of a rule; durations in ms, instants in ms since 1970. */
export interface RuleSpec {
  id: string;
  condition: AlertCondition;
  /** `null` for `absence` only. */
  operator: AlertOperator | null;
  threshold: string | null;
  clear_threshold: string | null;
  for_ms: number;
  keep_firing_for_ms: number;
  cooldown_ms: number;
  one_shot: boolean;
  no_data: MissingPolicy;
  on_error: MissingPolicy;
  active_hours: ActiveHours | null;
  expires_at: number | null;
}

/** What a rule remembers of one series. Plain JSON, kept in `alert_states.state`; every instant is by the source's clock. */
export interface InstanceState {
  status: "normal" | "pending" | "active" | "acknowledged";
  health: AlertHealth;
  /** Since when the condition holds without a break; `null`: it does not. */
  since: number | null;
  /** Since when what fires does not hold any more, while it is kept firing. */
  clear_since: number | null;
  value: string | null;
  /** Nothing fires before; set when an alert resolves. */
  cooldown_until: number | null;
  /** Whether it may fire (again): a one-shot rule fires once. */
  armed: boolean;
  /** Resolved by hand while the condition held: it must stop holding first. */
  wait_for_clear: boolean;
  /** When it fired lately, oldest first; only as many as tell whether it is flapping. */
  fired: number[];
  flapping: boolean;
  /** Up to where it was evaluated. */
  clock: number;
}

export interface Transition {
  from: AlertState | null;
  to: AlertState;
  at: number;
  value: string | null;
  reason: TransitionReason;
}

/** What one evaluation came to. */
export interface Step {
  state: InstanceState;
  /** Usually none. `normal` → `active` without a wait is one transition (`from: null`). */
  transitions: Transition[];
  /** When time alone may change the state (waits, cool-down, hours, expiry), without the metric changing; `null`: never. */
  due_at: number | null;
}
