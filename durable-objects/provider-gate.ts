import { DurableObject } from "cloudflare:workers";
import { systemClock } from "../shared/platform/clock.ts";
import type { Bindings } from "../shared/platform/env.ts";
import {
  acquireCall,
  type GateAnswer,
  type GatePolicy,
  GateState,
  type GateStatus,
  gateStatus,
  newGateState,
  type Outcome,
  reportCall,
} from "../shared/providers/gate/gate.ts";
import { gatePolicy } from "../shared/providers/gate/policy.ts";
import type { ProviderGateRpc } from "../shared/providers/links.ts";
import { KvCell } from "./storage/kv-cell.ts";
import { StoredJson } from "./storage/stored-json.ts";

const State = new StoredJson(GateState);

/** One provider's quota, back-off and circuit for the whole deployment. Nothing here waits: callers are told how long to. */
export class ProviderGate extends DurableObject<Bindings> implements ProviderGateRpc {
  private state: GateState;
  private readonly kept: KvCell<GateState>;
  private readonly policy: GatePolicy;
  /** Until when a collection is being polled. A lost one lets two polls run at once, which does no harm. */
  private readonly polls = new Map<string, number>();

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.policy = gatePolicy(ctx.id.name ?? "");
    this.kept = new KvCell(ctx.storage.kv, "gate", State);
    this.state = this.kept.get() ?? newGateState();
  }

  async acquire(): Promise<GateAnswer> {
    const { state, answer } = acquireCall(this.state, this.policy, systemClock());
    this.keep(state);
    return answer;
  }

  async report(outcome: Outcome): Promise<void> {
    this.keep(reportCall(this.state, this.policy, outcome, systemClock(), Math.random()));
  }

  async status(): Promise<GateStatus> {
    return gateStatus(this.state, systemClock());
  }

  async beginPoll(collection: string, lease_ms: number): Promise<boolean> {
    const now = systemClock();
    for (const [slug, until] of this.polls) if (until <= now) this.polls.delete(slug);
    if (this.polls.has(collection)) return false;
    this.polls.set(collection, now + lease_ms);
    return true;
  }

  async endPoll(collection: string): Promise<void> {
    this.polls.delete(collection);
  }

  private keep(state: GateState): void {
    this.state = state;
    this.kept.put(state);
  }
}
