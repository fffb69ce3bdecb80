import type { Actor, Ctx } from "../platform/ctx.ts";

export type AuthCtx = Pick<Ctx, "db" | "gates" | "now" | "config" | "log" | "client">;

export interface Authenticated {
  actor: Actor;
  /** For the answer, such as the state of the key's rate limit. */
  headers: Record<string, string>;
}
