import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { inflatedJson } from "../inflated-body.ts";
import { OtlpAnswer, OtlpBody, OtlpRequest } from "./schema.ts";
import { takeOtlp } from "./take-otlp.ts";

const MAX_BODY_BYTES = 8 * 1024 * 1024;
const HINT = "This takes OTLP as JSON: set `encoding: json` of the Collector's otlphttp exporter.";

const access: Access = { kind: "permission", permission: "metrics:push" };

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/otlp/v1/metrics",
    operationId: "exportOtlpMetrics",
    tags: ["metrics"],
    summary: "Hand in metrics by OTLP/HTTP, as JSON",
    description: `For the OpenTelemetry Collector and SDKs: the endpoint to set is \`…/api/v1/otlp\`. Gauges and sums are taken,
metrics of hosts under the names they have here (\`system.memory.utilization\` is \`host.memory_percent\`), \`host.name\` of
the resource as label \`host\`. What is not taken is counted and named in \`partialSuccess\`. Bodies may be gzipped.`,
    responses: {
      200: {
        description: "What became of the export",
        content: { "application/json": { schema: OtlpAnswer } },
      },
      ...problems(400, 413, 415, 422),
    },
  },
);

export const otlpApp = createApp();

otlpApp.openAPIRegistry.registerPath({
  ...documentOf(route),
  request: { body: { required: true, content: { "application/json": { schema: OtlpBody } } } },
});
otlpApp.post(route.path, authorise(access), inflatedJson(MAX_BODY_BYTES, HINT), async (c) => {
  const ctx = c.get("ctx");
  const request = OtlpRequest.safeParse(await c.req.json());
  if (!request.success) {
    const details = fieldErrors(request.error);
    throw new AppError("invalid_request", "The body is no export of metrics in OTLP's JSON encoding.", {
      details,
    });
  }
  return c.json(await takeOtlp(ctx, ownerOf(ctx), request.data), 200);
});
