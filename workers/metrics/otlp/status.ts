import { z } from "@hono/zod-openapi";
import type { AppContext } from "../../../shared/platform/http/app.ts";
import { handleError } from "../../../shared/platform/http/handle.ts";
import { mediaTypeOf } from "../../../shared/platform/http/media-type.ts";
import { Problem } from "../../../shared/platform/http/problem.ts";
import { encodeStatus } from "./messages.ts";

/** What protobuf is sent as; the first is the protocol's (https://opentelemetry.io/docs/specs/otlp/#otlphttp-request). */
export const PROTOBUF_TYPES: readonly string[] = ["application/x-protobuf", "application/protobuf"];

/** The codes of gRPC that say the same (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto). */
const GRPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  409: 10,
  413: 8,
  415: 3,
  422: 3,
  423: 14,
  429: 8,
  502: 14,
  503: 14,
};
const INTERNAL = 13;

const RpcStatus = z
  .object({ code: z.int().openapi({ description: "A code of gRPC" }), message: z.string() })
  .openapi("RpcStatus");

/** The refusals of a route that `answerError` answers, for its OpenAPI declaration. */
export function statusAnswers<const Status extends number>(...statuses: Status[]) {
  const answer = {
    description: "google.rpc.Status, written as the request is",
    content: { "application/json": { schema: RpcStatus }, "application/x-protobuf": {} },
  };
  return Object.fromEntries(statuses.map((status) => [status, answer])) as Record<Status, typeof answer>;
}

function asksInProtobuf({ req }: AppContext): boolean {
  try {
    return PROTOBUF_TYPES.includes(mediaTypeOf(req.raw.headers) ?? "");
  } catch {
    // Two content types, which is what the error is about.
    return false;
  }
}

/**
 * Answers what was thrown with a `google.rpc.Status`, written as the request is: protobuf, or else JSON
 * (https://opentelemetry.io/docs/specs/otlp/#failures-1).
 */
export async function answerError(thrown: Error, c: AppContext): Promise<Response> {
  const answer = handleError(thrown, c);
  const { status, detail, errors } = Problem.parse(await answer.json());
  const message = `${detail}${errors.map((error) => ` ${error.pointer} ${error.message}.`).join("")}`;
  const code = GRPC_CODES[status] ?? INTERNAL;
  const protobuf = asksInProtobuf(c);
  const headers = new Headers(answer.headers);
  headers.set("content-type", protobuf ? "application/x-protobuf" : "application/json");
  return new Response(protobuf ? encodeStatus(code, message) : JSON.stringify({ code, message }), {
    status,
    headers,
  });
}
