import type { AlertRuleFields } from "../../contracts/alerts.ts";
import type { InstanceState, RuleSpec, Transition } from "../engine/types.ts";

/** A rule's row as it was read before an evaluation. */
export interface RuleHead {
  id: string;
  user_id: string;
  metric: string;
  subject: string;
  /** Ms since 1970: what was received before is history to it. */
  enabled_at: number;
  armed: boolean;
  revision: number;
  error: string | null;
  name: string;
}

export interface LoadedRule extends RuleHead {
  fields: AlertRuleFields;
  spec: RuleSpec;
}

/** A rule's memory of one series as it was read; a row of `alert_states`. */
export interface LoadedState {
  rule_id: string;
  fingerprint: string;
  labels: Record<string, string>;
  state: InstanceState;
  alert_id: string | null;
  /** Ms since 1970. */
  due_at: number | null;
  revision: number;
}

/** What an evaluation made of a rule and series. */
export interface InstanceChange {
  rule: LoadedRule;
  fingerprint: string;
  labels: Record<string, string>;
  /** As it was read; `null`: there was no row. */
  before: LoadedState | null;
  state: InstanceState;
  due_at: number | null;
  /** Whether there is anything to remember. */
  keep: boolean;
  /** In order; usually none. */
  transitions: Transition[];
}

/** Who did something by hand, and what was said with it. */
export interface ByHand {
  actor: string;
  comment: string | null;
}

/** Somebody else was faster: what was read is old. Read and evaluate again. */
export class MovedError extends Error {
  constructor(what: string) {
    super(`${what} changed since it was read`);
    this.name = "MovedError";
  }
}
