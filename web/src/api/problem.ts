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
  fields?: FieldProblem[];
  cause?: unknown;
}

/** A request that failed, in words for the reader. `status` 0: no answer came at all. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly title: string;
  /** By which programs tell failures apart; empty where the answer was none of the API's. */
  readonly code: string;
  readonly traceId: string | null;
  readonly fields: FieldProblem[];

  constructor(status: number, title: string, detail: string, options: FailureOptions = {}) {
    super(detail, { cause: options.cause });
    this.status = status;
    this.title = title;
    this.code = options.code ?? "";
    this.traceId = options.traceId ?? null;
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
    return new RequestFailed(status, title, detail ?? title, { code, traceId: trace_id, fields: errors });
  }
  const detail = `The server answered ${response.status} without saying why.`;
  return new RequestFailed(response.status, "The request failed", detail);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
