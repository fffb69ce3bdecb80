import type { EngineCtx } from "./engine-ctx.ts";
import { endForbiddenRules } from "./evaluate/end-forbidden.ts";
import { evaluateReadings, readNextDue } from "./evaluate/evaluate-readings.ts";
import { evaluateSource } from "./evaluate/evaluate-source.ts";
import { activitySource } from "./sources/activity.ts";
import { collectionSource } from "./sources/collection.ts";
import { tellDue } from "./tell/tell-due.ts";
import { PLATFORM_ENGINE } from "./wake-alerts.ts";

export type { EngineCtx } from "./engine-ctx.ts";

/** What is overdue and yet has to wait is looked at again after this. */
const LATER_MS = 10_000;

/**
 * Does everything that is due for one engine, in bounded steps. Doing it twice, or twice at once, does no harm.
 * @returns when it is to be called again (ms since 1970), at the latest by the next tick; `null`: when woken.
 */
export async function runEngine(ctx: EngineCtx, name: string): Promise<{ next: number | null }> {
  const [kind, rest] = splitOnce(name);
  if (kind === "collection") return { next: await evaluateSource(ctx, collectionSource(ctx, rest)) };
  if (name === PLATFORM_ENGINE) {
    await endForbiddenRules(ctx);
    return { next: await runReadings(ctx, name, null) };
  }
  if (kind !== "user") throw new TypeError(`no engine is called ${name}`);
  // What cannot be evaluated must not keep from its user what has fired.
  const evaluated = await Promise.allSettled([
    runReadings(ctx, name, rest),
    evaluateSource(ctx, activitySource(ctx, rest)),
  ]);
  const told = await tellDue(ctx, rest);
  const failed = evaluated.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return {
    next: earliest([told, ...evaluated.map((each) => (each.status === "fulfilled" ? each.value : null))]),
  };
}

async function runReadings(ctx: EngineCtx, engine: string, user_id: string | null): Promise<number | null> {
  const { more } = await evaluateReadings(ctx, user_id);
  if (more) return ctx.now();
  const due = await readNextDue(ctx, engine);
  return due !== null && due <= ctx.now() ? ctx.now() + LATER_MS : due;
}

function splitOnce(name: string): [string, string] {
  const at = name.indexOf(":");
  return at < 0 ? [name, ""] : [name.slice(0, at), name.slice(at + 1)];
}

function earliest(times: (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
