import { z } from "@hono/zod-openapi";
import { AppError } from "../errors.ts";

/** RFC 9457 problem document, as every failed request is answered. */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
    trace_id: z.string(),
  })
  .openapi("Problem");
export type Problem = z.infer<typeof Problem>;

/** When to try again what is away for a reason that does not say itself when it ends. */
const RETRY_AFTER_S = "5";

/** Builds the answer for anything thrown. What is not an `AppError` tells the caller nothing but the trace id. */
export function problemResponse(error: unknown, traceId: string): Response {
  const known =
    error instanceof AppError
      ? error
      : new AppError("internal", "The error was logged. Name the trace id when you report it.");
  const body: Problem = {
    type: `urn:xsema:error:${known.code}`,
    title: known.title,
    status: known.status,
    code: known.code,
    detail: known.message,
    errors: known.details,
    trace_id: traceId,
  };
  return new Response(JSON.stringify(body), {
    status: known.status,
    headers: {
      "content-type": "application/problem+json",
      ...(known.status === 503 && { "retry-after": RETRY_AFTER_S }),
      ...known.headers,
    },
  });
}

/** The problem answers of a route, for its OpenAPI declaration. */
export function problems<const Status extends number>(...statuses: Status[]) {
  const entry = {
    description: "Problem document (RFC 9457)",
    content: { "application/problem+json": { schema: Problem } },
  };
  return Object.fromEntries(statuses.map((status) => [status, entry])) as Record<Status, typeof entry>;
}
