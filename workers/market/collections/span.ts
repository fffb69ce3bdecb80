import { parseBounds, parseSpan, SpanError, type SpanInput } from "../../../shared/domain/span.ts";
import { AppError } from "../../../shared/platform/errors.ts";

function refuse(error: unknown): never {
  if (!(error instanceof SpanError)) throw error;
  throw new AppError("invalid_request", `${error.field} ${error.message}.`, {
    details: [{ pointer: `?${error.field}`, message: error.message }],
    cause: error,
  });
}

/** The span that a request names. Throws `invalid_request` with the parameter that is wrong. */
export function spanOf(input: SpanInput, now: number) {
  try {
    return parseSpan(input, now);
  } catch (error) {
    return refuse(error);
  }
}

/** Both bounds are optional here, each by itself; milliseconds since 1970. Throws `invalid_request`. */
export function boundsOf(input: Pick<SpanInput, "from" | "to" | "time_zone">): {
  from?: number;
  to?: number;
} {
  try {
    return parseBounds(input);
  } catch (error) {
    return refuse(error);
  }
}
