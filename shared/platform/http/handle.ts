import { isDatabaseUnavailable } from "../../db/unavailable.ts";
import { AppError, describeError } from "../errors.ts";
import { type Trace, traceparent } from "../trace.ts";
import type { AppContext } from "./app.ts";
import { problemResponse } from "./problem.ts";

/** Answers whatever a handler threw, and logs it: our faults as errors, callers' faults quietly. */
export function handleError(error: Error, c: AppContext): Response {
  const { log, trace } = c.get("ctx");
  const ours = !(error instanceof AppError) || error.status >= 500;
  log[ours ? "error" : "debug"]("request failed", { error: describeError(error) });
  return problemResponse(isDatabaseUnavailable(error) ? databaseAway(error) : error, trace.trace_id);
}

function databaseAway(cause: Error): AppError {
  return new AppError(
    "unavailable",
    "The database cannot be reached just now. Live streams go on; try again soon.",
    {
      cause,
      headers: { "retry-after": "5" },
    },
  );
}

/** Copies an answer with the headers that every answer carries. */
export function withStandardHeaders(response: Response, trace: Trace): Response {
  // Also where the protocol is switched: the copy takes the socket with it.
  const answer = new Response(response.body, response);
  answer.headers.set("traceparent", traceparent(trace));
  answer.headers.set("x-trace-id", trace.trace_id);
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}
