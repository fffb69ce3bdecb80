import type { GatePolicy } from "./gate.ts";

const CIRCUIT: GatePolicy["circuit"] = {
  failures_to_open: 5,
  cool_down: { base_ms: 30_000, max_ms: 600_000 },
  trial_ms: 60_000,
};
const THROTTLE: GatePolicy["throttle"] = { base_ms: 2_000, max_ms: 300_000 };

/**
 * Our own ceilings. OpenSea publishes none for permanent keys and contradicts itself for instant ones, so this
 * one is careful and what its replies say of the key's real limits tightens it.
 */
const QUOTAS: Record<string, GatePolicy["quotas"]> = {
  opensea: [{ limit: 60, window_ms: 60_000 }],
};

/** How a provider is treated; one that is not listed has no ceiling of ours, only back-off and circuit. */
export function gatePolicy(provider: string): GatePolicy {
  return { quotas: QUOTAS[provider] ?? [], circuit: CIRCUIT, throttle: THROTTLE };
}
