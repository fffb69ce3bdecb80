import type { IncomingMessage, ServerResponse } from "node:http";
import type { Backend } from "./backend.ts";
import { MAX_BODY_BYTES } from "./limits.ts";
import { SqlError } from "./sql-error.ts";
import { beginStatement, SqlRequest } from "./statements.ts";

class TooLarge extends Error {}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new TooLarge(`request is too large (max is ${MAX_BODY_BYTES} bytes)`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, body: string | object): void {
  if (response.destroyed) return;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const size = Buffer.byteLength(text);
  if (size > MAX_BODY_BYTES) {
    answer(response, 507, `response is too large (max is ${MAX_BODY_BYTES} bytes)`);
    return;
  }
  const type = typeof body === "string" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type, "content-length": size }).end(text);
}

function parseRequest(text: string) {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SqlError({ message: "the body is not JSON", code: "08P01" });
  }
  const parsed = SqlRequest.safeParse(json);
  if (!parsed.success)
    throw new SqlError({ message: "the body is neither a query nor a list of queries", code: "08P01" });
  return parsed.data;
}

/**
 * Answers `POST /sql` as Neon does (https://neon.com/docs/serverless/serverless-driver): results as Postgres
 * text, an error of Postgres as status 400 with its fields, every other failure as text with another status.
 */
export async function answerSql(
  backend: Backend,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    const body = parseRequest(await readBody(request));
    if ("queries" in body) {
      const header = (name: string) => request.headers[name]?.toString();
      const results = await backend.run(body.queries, beginStatement(header), gone.signal);
      return answer(response, 200, { results });
    }
    const [result] = await backend.run([body], undefined, gone.signal);
    answer(response, 200, result ?? {});
  } catch (error) {
    if (error instanceof SqlError) return answer(response, 400, error.body);
    if (error instanceof TooLarge) return answer(response, 413, error.message);
    answer(response, 503, `the database cannot be asked: ${error instanceof Error ? error.message : error}`);
  }
}
