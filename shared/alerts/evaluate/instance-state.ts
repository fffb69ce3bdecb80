import { z } from "zod";
import { AlertHealth } from "../../contracts/alerts.ts";
import type { InstanceState as State } from "../engine/types.ts";

const ms = z.number().nullable();

/** What a rule remembers, as it is kept in `alert_states.state`. */
export const InstanceState: z.ZodType<State> = z.object({
  status: z.enum(["normal", "pending", "active", "acknowledged"]),
  health: AlertHealth,
  since: ms,
  clear_since: ms,
  value: z.string().nullable(),
  cooldown_until: ms,
  armed: z.boolean(),
  wait_for_clear: z.boolean(),
  fired: z.array(z.number()),
  flapping: z.boolean(),
  clock: z.number(),
});
export type InstanceState = State;
