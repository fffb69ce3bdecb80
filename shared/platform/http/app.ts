import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Claim } from "../answers.ts";
import type { Ctx, Fetcher } from "../ctx.ts";
import { AppError } from "../errors.ts";
import { fieldErrors } from "../zod-errors.ts";

/**
 * `ctx` is handed in with the request, as its environment, and read as a variable, which middleware may replace; `claim`
 * is there where the request carries an `Idempotency-Key`.
 */
export type AppEnv = { Bindings: { ctx: Ctx; assets: Fetcher }; Variables: { ctx: Ctx; claim?: Claim } };
export type AppContext = Context<AppEnv>;

const PREFIX: Record<string, string> = { query: "?", param: "path:", header: "header:" };

/** An empty app of one domain: whatever its routes' schemas refuse becomes a 422 that names every field. */
export function createApp(): OpenAPIHono<AppEnv> {
  return new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const prefix = PREFIX[result.target];
      const details = fieldErrors(result.error).map((entry) =>
        prefix === undefined ? entry : { ...entry, pointer: prefix + entry.pointer.slice(1) },
      );
      throw new AppError("invalid_request", details[0]?.message ?? "The request is not valid.", {
        details,
        cause: result.error,
      });
    },
  });
}
