import { HTTPException } from "hono/http-exception";
import { isDatabaseUnavailable } from "../../db/unavailable.ts";
import type { Config } from "../config.ts";
import type { Ctx } from "../ctx.ts";
import { AppError, describeError } from "../errors.ts";
import { traceparent } from "../trace.ts";
import type { AppContext } from "./app.ts";
import { problemResponse } from "./problem.ts";
import { logRefusal } from "./refusal-log.ts";
import { setSecurityHeaders } from "./security-headers.ts";

/** What the framework itself refuses, in the form that every refusal has. */
function fromFramework(error: HTTPException): Error {
  const { status, cause } = error;
  if (status === 415)
    return new AppError("unsupported_media_type", "Send JSON with content-type: application/json.", {
      cause,
    });
  if (status === 413) return new AppError("body_too_large", "The body is too large.", { cause });
  return status >= 500 ? error : new AppError("malformed_request", "The request cannot be read.", { cause });
}

/** Answers whatever a handler threw, and logs it: our faults as errors, callers' faults quietly. */
export function handleError(thrown: Error, c: AppContext): Response {
  const error = thrown instanceof HTTPException ? fromFramework(thrown) : thrown;
  const { log, trace } = c.get("ctx");
  logRefusal(error, c);
  const ours = !(error instanceof AppError) || error.status >= 500;
  log[ours ? "error" : "debug"]("request failed", { error: describeError(error) });
  return problemResponse(isDatabaseUnavailable(error) ? databaseAway(error) : error, trace.trace_id);
}

function databaseAway(cause: Error): AppError {
  return new AppError(
    "unavailable",
    "The database cannot be reached just now. Live streams go on; try again soon.",
    { cause },
  );
}

/**
 * Copies an answer with the headers that every answer carries.
 * @param config `null` where the settings cannot be read.
 */
export function withStandardHeaders(
  response: Response,
  { trace, config }: Pick<Ctx, "trace"> & { config: Config | null },
): Response {
  // Also where the protocol is switched: the copy takes the socket with it.
  const answer = new Response(response.body, response);
  answer.headers.set("traceparent", traceparent(trace));
  answer.headers.set("x-trace-id", trace.trace_id);
  setSecurityHeaders(answer.headers, config);
  return answer;
}
