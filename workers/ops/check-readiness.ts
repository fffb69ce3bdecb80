import { z } from "@hono/zod-openapi";
import { sql } from "drizzle-orm";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";

const TIMEOUT_MS = 2000;

const Check = z.object({
  name: z.enum(["database", "rooms"]),
  status: z.enum(["ok", "failed"]),
  latency_ms: z.number(),
});
export const Readiness = z
  .object({ status: z.enum(["ready", "unavailable"]), version: z.string(), checks: z.array(Check) })
  .openapi("Readiness");
export type Readiness = z.infer<typeof Readiness>;

/** Asks the database and the objects, each for at most two seconds. What went wrong stands in the log only. */
export async function checkReadiness(
  ctx: Pick<Ctx, "db" | "rooms" | "now" | "log" | "config">,
): Promise<Readiness> {
  const check = async (name: z.infer<typeof Check>["name"], ask: () => Promise<unknown>) => {
    const start = ctx.now();
    const status = await withDeadline(TIMEOUT_MS, ask).then(
      () => "ok" as const,
      (error: unknown) => {
        ctx.log.warn("not ready", { check: name, error: describeError(error) });
        return "failed" as const;
      },
    );
    return { name, status, latency_ms: ctx.now() - start };
  };
  const checks = await Promise.all([
    check("database", () => ctx.db.execute(sql`select 1`)),
    check("rooms", () => ctx.rooms.board.list()),
  ]);
  const ready = checks.every((entry) => entry.status === "ok");
  return { status: ready ? "ready" : "unavailable", version: ctx.config.VERSION, checks };
}
