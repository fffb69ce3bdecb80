import type { z } from "zod";
import { RequestFailed, readFailure } from "./problem.ts";

/**
 * GETs JSON of the API and checks its shape. Throws `RequestFailed`, also where the answer is not what this page
 * knows how to read; an abort by the caller is thrown as it is.
 */
export async function readJson<Schema extends z.ZodType>(
  address: string,
  schema: Schema,
  signal?: AbortSignal,
): Promise<z.output<Schema>> {
  const response = await fetch(address, { signal, headers: { accept: "application/json" } }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error;
      throw new RequestFailed(0, "No answer", "The server cannot be reached.", null, error);
    },
  );
  if (!response.ok) throw await readFailure(response);
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const traceId = response.headers.get("traceparent")?.split("-")[1] ?? null;
  const [issue] = parsed.error.issues;
  const detail = `The answer cannot be read: ${issue?.path.join(".") || "it"} – ${issue?.message ?? "is not JSON"}.`;
  throw new RequestFailed(response.status, "Unexpected answer", detail, traceId);
}
