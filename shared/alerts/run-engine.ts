import type { Ctx } from "../platform/ctx.ts";

/** What an engine works with: nobody asked for it, and it outlives every request. */
export type EngineCtx = Omit<Ctx, "client" | "mail">;

/**
 * Does everything that is due for one engine, in bounded steps. Doing it twice, or twice at once, does no harm.
 * @returns when it is to be called again (ms since 1970), at the latest by the next tick; `null`: when woken.
 */
export async function runEngine(_ctx: EngineCtx, _name: string): Promise<{ next: number | null }> {
  return { next: null };
}
