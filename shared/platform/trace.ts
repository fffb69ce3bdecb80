/** W3C Trace Context (https://www.w3.org/TR/trace-context/), version 00. */
export interface Trace {
  trace_id: string;
  span_id: string;
  sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;

function randomHex(bytes: number): string {
  const buffer = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(buffer, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Goes on with the caller's trace under a span of our own; begins a new one where the header is absent
 * or malformed, as the recommendation says.
 */
export function continueTrace(header: string | null | undefined): Trace {
  const match = TRACEPARENT.exec(header?.trim() ?? "");
  const [, version, traceId, parentId, flags] = match ?? [];
  const usable =
    version !== undefined &&
    version !== "ff" &&
    (version !== "00" || header?.trim().length === 55) &&
    traceId !== "0".repeat(32) &&
    parentId !== "0".repeat(16);
  return {
    trace_id: usable && traceId ? traceId : randomHex(16),
    span_id: randomHex(8),
    sampled: usable ? (Number.parseInt(flags ?? "00", 16) & 1) === 1 : true,
  };
}

/** The header by which the next service goes on with this trace. */
export function traceparent(trace: Trace): string {
  return `00-${trace.trace_id}-${trace.span_id}-${trace.sampled ? "01" : "00"}`;
}
