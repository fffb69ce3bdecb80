import type { Ctx } from "../platform/ctx.ts";

/** What an engine works with: nobody asked for it, and it outlives every request. */
export type EngineCtx = Omit<Ctx, "client" | "mail">;
