import { z } from "zod";

/** What the API answers instead of data (RFC 9457), as far as the page shows it. */
const ProblemDocument = z.object({
  title: z.string(),
  status: z.number(),
  code: z.string().optional(),
  detail: z.string().optional(),
  trace_id: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).default([]),
});

/** What is wrong with one field of what was sent; `pointer` is a JSON pointer, such as `/email`. */
export interface FieldProblem {
  pointer: string;
  message: string;
}

interface FailureOptions {
  code?: string;
  traceId?: string | null;
  retryAfterS?: number | null;
  fields?: FieldProblem[];
  cause?: unknown;
}

/**
 * A request that failed. `status` 0: no answer came at all. Its message is the server's, written for programs: the
 * reader is told by `sayFailure` and `sayField`.
 */
export class RequestFailed extends Error {
  readonly status: number;
  /** What failures are told apart by; empty where the answer was none of the API's. */
  readonly code: string;
  readonly traceId: string | null;
  /** So long the server asks to wait. */
  readonly retryAfterS: number | null;
  readonly fields: FieldProblem[];

  constructor(status: number, detail: string, options: FailureOptions = {}) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.code = options.code ?? "";
    this.traceId = options.traceId ?? null;
    this.retryAfterS = options.retryAfterS ?? null;
    this.fields = options.fields ?? [];
  }
}

/** Whether a request was refused with this code of the API. */
export function isRefusal(error: unknown, code: string): error is RequestFailed {
  return error instanceof RequestFailed && error.code === code;
}

/** Reads why a response failed, whether it says so as a problem document or not. */
export async function readFailure(response: Response): Promise<RequestFailed> {
  const text = await response.text();
  const problem = ProblemDocument.safeParse(parseOrNull(text));
  if (problem.success) {
    const { status, title, detail, code, trace_id, errors } = problem.data;
    const retryAfterS = secondsOf(response.headers.get("retry-after"));
    return new RequestFailed(status, detail ?? title, {
      code,
      traceId: trace_id,
      retryAfterS,
      fields: errors,
    });
  }
  const traceId = response.headers.get("x-trace-id");
  return new RequestFailed(response.status, `The server answered ${response.status} without saying why.`, {
    traceId,
  });
}

function secondsOf(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) : null;
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
