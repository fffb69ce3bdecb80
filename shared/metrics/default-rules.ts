import { type GivenRule, giveRulesOnce } from "../alerts/give-rules.ts";
import type { Tx } from "../db/transaction.ts";
import type { Ctx } from "../platform/ctx.ts";

/** A series of this name remembers that a user was given the default rules; nobody can push it. */
const MARKER = "xsema.default_rules";
const COMMON = { operator: ">", for: "1m", level: "warning" } as const;

const DEFAULT_RULES: readonly GivenRule[] = [
  {
    built_in: "host_cpu",
    fields: {
      ...COMMON,
      name: "CPU above 80 % on any host",
      description:
        "Made with your first reading of a host: its CPU was busy for more than 80 % for a minute.",
      metric: "host.cpu_percent",
      threshold: "80",
    },
  },
  {
    built_in: "host_memory",
    fields: {
      ...COMMON,
      name: "Memory above 85 % on any host",
      description:
        "Made with your first reading of a host: more than 85 % of its memory was in use for a minute.",
      metric: "host.memory_percent",
      threshold: "85",
    },
  },
];

/** Makes the two rules that everybody has who has a host, once in a user's life. */
export const ensureDefaultRules = (tx: Tx, ctx: Pick<Ctx, "now">, user_id: string): Promise<void> =>
  giveRulesOnce(tx, ctx, { user_id, marker: MARKER, rules: DEFAULT_RULES });
