import type { Log } from "./log.ts";
import { continueTrace, traceparent } from "./trace.ts";

/** One piece of an object's work: its lines carry one trace, and what it asks of others goes on with it. */
export interface Work {
  log: Log;
  traceparent: string;
}

/** Goes on with a caller's trace; begins one where nobody asked for the work, as with an alarm. */
export function beginWork(log: Log, header: string | null | undefined): Work {
  const trace = continueTrace(header);
  return {
    log: log.with({ trace_id: trace.trace_id, span_id: trace.span_id }),
    traceparent: traceparent(trace),
  };
}
