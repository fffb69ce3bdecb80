import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { mediaTypeOf } from "../../../shared/platform/http/media-type.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { inflatedJson, readInflated } from "../inflated-body.ts";
import { decodeMessage } from "../protobuf/decode.ts";
import { EXPORT_REQUEST, encodeAnswer } from "./messages.ts";
import { OtlpAnswer, OtlpBody, OtlpRequest } from "./schema.ts";
import { answerError, PROTOBUF_TYPES, statusAnswers } from "./status.ts";
import { takeOtlp } from "./take-otlp.ts";

const MAX_BODY_BYTES = 8 * 1024 * 1024;

const access: Access = { kind: "permission", permission: "metrics:push" };

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/otlp/v1/metrics",
    operationId: "exportOtlpMetrics",
    tags: ["metrics"],
    summary: "Hand in metrics by OTLP/HTTP, as protobuf or JSON",
    description: `For the OpenTelemetry Collector and SDKs: the endpoint to set is \`…/api/v1/otlp\`. Gauges, sums, histograms
and summaries are taken, metrics of hosts under the names they have here (\`system.memory.utilization\` is
\`host.memory_percent\`), \`host.name\` of the resource as label \`host\`. What is not taken is counted and named in
\`partialSuccess\`. The answer is written as the request is, and errors are \`google.rpc.Status\`. Bodies may be gzipped.`,
    responses: {
      200: {
        description: "What became of the export",
        content: { "application/json": { schema: OtlpAnswer }, "application/x-protobuf": {} },
      },
      ...statusAnswers(400, 401, 403, 413, 415, 422, 429, 503),
    },
  },
);

export const otlpApp = createApp();
otlpApp.onError(answerError);

otlpApp.openAPIRegistry.registerPath({
  ...documentOf(route),
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: OtlpBody },
        "application/x-protobuf": { schema: { type: "string", format: "binary" } },
      },
    },
  },
});
otlpApp.post(route.path, authorise(access), inflatedJson(MAX_BODY_BYTES, PROTOBUF_TYPES), async (c) => {
  const ctx = c.get("ctx");
  const protobuf = PROTOBUF_TYPES.includes(mediaTypeOf(c.req.raw.headers) ?? "");
  const given = protobuf
    ? decodeMessage(await readInflated(c.req.raw, MAX_BODY_BYTES), EXPORT_REQUEST)
    : await c.req.json();
  const request = OtlpRequest.safeParse(given);
  if (!request.success) {
    const details = fieldErrors(request.error);
    throw new AppError("invalid_request", "The body is no export of metrics as OTLP describes it.", {
      details,
    });
  }
  const answer = await takeOtlp(ctx, ownerOf(ctx), request.data);
  if (!protobuf) return c.json(answer, 200);
  return c.body(encodeAnswer(answer), 200, { "content-type": "application/x-protobuf" });
});
