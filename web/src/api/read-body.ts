import type { z } from "zod";
import { RequestFailed } from "./problem.ts";

/** Checks the shape of a JSON answer. Throws `RequestFailed` where it is not what this page knows how to read. */
export async function readBody<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  const body: unknown = await response.json().catch(() => undefined);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const traceId = response.headers.get("traceparent")?.split("-")[1] ?? null;
  const [issue] = parsed.error.issues;
  const detail = `The answer cannot be read: ${issue?.path.join(".") || "it"} – ${issue?.message ?? "is not JSON"}.`;
  throw new RequestFailed(response.status, detail, { code: "unreadable_answer", traceId });
}
