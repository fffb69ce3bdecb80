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

function asksInProtobuf({ req }: AppContext): boolean {
  try {
    return PROTOBUF_TYPES.includes(mediaTypeOf(req.raw.headers) ?? "");
  } catch {
    // Two content types, which is what the error is about.
    return false;
  }
}

/** Answers what was thrown: to protobuf with a `google.rpc.Status`, to all else with a problem document. */
export async function answerError(thrown: Error, c: AppContext): Promise<Response> {
  const answer = handleError(thrown, c);
  if (!asksInProtobuf(c)) return answer;
  const { status, detail, errors } = Problem.parse(await answer.json());
  const told = errors.map(({ pointer, message }) => ` ${pointer} ${message}.`).join("");
  const headers = new Headers(answer.headers);
  headers.set("content-type", "application/x-protobuf");
  return new Response(encodeStatus(GRPC_CODES[status] ?? INTERNAL, `${detail}${told}`), { status, headers });
}
