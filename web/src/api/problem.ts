import { z } from "zod";

/** What the API answers instead of data (RFC 9457), as far as the page shows it. */
const ProblemDocument = z.object({
  title: z.string(),
  status: z.number(),
  code: z.string().optional(),
  detail: z.string().optional(),
  trace_id: z.string().optional(),
});

/** A request that failed, in words for the reader. `status` 0: no answer came at all. */
export class RequestFailed extends Error {
  readonly status: number;
  readonly title: string;
  readonly traceId: string | null;

  constructor(status: number, title: string, detail: string, traceId: string | null, cause?: unknown) {
    super(detail, { cause });
    this.status = status;
    this.title = title;
    this.traceId = traceId;
  }
}

/** Reads why a response failed, whether it says so as a problem document or not. */
export async function readFailure(response: Response): Promise<RequestFailed> {
  const text = await response.text();
  const problem = ProblemDocument.safeParse(parseOrNull(text));
  if (problem.success) {
    const { status, title, detail, trace_id } = problem.data;
    return new RequestFailed(status, title, detail ?? title, trace_id ?? null);
  }
  const detail = `The server answered ${response.status} without saying why.`;
  return new RequestFailed(response.status, "The request failed", detail, null);
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
