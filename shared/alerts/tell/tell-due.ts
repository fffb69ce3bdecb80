import type { EngineCtx } from "../run-engine.ts";

/**
 * Tells a user what is due: groups that waited, repeats and escalations.
 * @returns when something is due next (ms since 1970); `null`: nothing is.
 */
export async function tellDue(_ctx: EngineCtx, _user_id: string): Promise<number | null> {
  return null;
}
