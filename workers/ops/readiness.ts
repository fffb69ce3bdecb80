import { z } from "@hono/zod-openapi";

/** `degraded` and `unknown` do not make a deployment unready: what is asked of it is still served. */
const CheckStatus = z.enum(["ok", "degraded", "failed", "unknown"]);
export type CheckStatus = z.infer<typeof CheckStatus>;

export const Check = z.object({
  name: z.enum(["database", "rooms", "passwords", "queue", "providers", "alerts"]),
  status: CheckStatus,
  latency_ms: z.number(),
  /** Why not, and what would be right, where that is known. */
  reason: z.string().optional(),
});
export type Check = z.infer<typeof Check>;

export const QueueReadiness = z.object({
  /** Jobs that wait; `null` where the queue could not be asked. */
  backlog: z.number().int().nullable(),
  /** Since when the oldest of them waits. */
  oldest_at: z.string().nullable(),
});
export type QueueReadiness = z.infer<typeof QueueReadiness>;

export const AlertReadiness = z.object({
  /** For how long the oldest of what came has not been looked at; `null` where the database could not be asked. */
  lag_ms: z.number().nullable(),
  /** Engines that have left something lying for 30 s or more. */
  engines_behind: z.number().int().nullable(),
});
export type AlertReadiness = z.infer<typeof AlertReadiness>;

export const ProviderReadiness = z.object({
  name: z.string(),
  /** `degraded` after several failures in a row: it is left alone for a while. */
  status: CheckStatus,
  circuit: z.enum(["closed", "open", "half_open"]).nullable(),
  /** It is not asked before then; `null` where it may be asked now. */
  waits_until: z.string().nullable(),
  /** Its stream; left out where it has none, or none was asked for yet: what it should bring and does not, and why. */
  stream: z
    .object({
      state: z.string(),
      joined: z.number().int(),
      not_joined: z.array(z.string()),
      error: z.string().nullable(),
    })
    .optional(),
});
export type ProviderReadiness = z.infer<typeof ProviderReadiness>;

export const Readiness = z
  .object({
    status: z.enum(["ready", "unavailable"]),
    version: z.string(),
    checks: z.array(Check),
    queue: QueueReadiness,
    providers: z.array(ProviderReadiness),
    alerts: AlertReadiness,
  })
  .openapi("Readiness");
export type Readiness = z.infer<typeof Readiness>;
