import { z } from "@hono/zod-openapi";
import { MAX_PUSHED_SAMPLES, PushAnswer, SampleInput } from "../../../shared/contracts/metrics.ts";
import { pushSamples } from "../../../shared/metrics/push-samples.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { mediaTypeOf } from "../../../shared/platform/http/media-type.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { inflatedJson, readInflated } from "../inflated-body.ts";
import { TEXT_TYPES, takeText } from "./take-text.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;

const access: Access = { kind: "permission", permission: "metrics:push" };

/** For the document: what a push is made of, each sample as it should be. */
const PushRequest = z
  .object({ samples: z.array(SampleInput).max(MAX_PUSHED_SAMPLES) })
  .openapi("MetricsPush", {
    example: {
      samples: [
        { name: "host.cpu_percent", labels: { host: "web-1" }, value: 12.5, type: "gauge" },
        {
          name: "shop.orders",
          labels: { region: "eu" },
          value: "1024",
          at: "2026-11-21T12:00:00Z",
          type: "counter",
        },
      ],
    },
  });

/** For the handler: each sample is judged by itself. */
const Push = z.strictObject({
  samples: z
    .array(z.unknown(), { error: "must be a list of samples" })
    .max(
      MAX_PUSHED_SAMPLES,
      `must hold at most ${MAX_PUSHED_SAMPLES} samples; send the rest in another push`,
    ),
});

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/metrics/push",
    operationId: "pushMetrics",
    tags: ["metrics"],
    summary: "Hand in readings of hosts, or of anything that is a number",
    description: `Each sample is judged by itself: the good ones go in, the others are reported by index. A series is made
when its name and labels are first seen. A \`gauge\` is kept as it is, also when it comes late; a \`counter\` is kept as its
rate per second since the reading before, and one that is below it has started anew from 0. The same series and time
again changes nothing, so a push may be repeated. What Prometheus scrapes is taken too, as text: then \`index\` is the line,
from 1. The body may be gzipped.`,
    responses: {
      200: {
        description: "What became of the samples",
        content: { "application/json": { schema: PushAnswer } },
      },
      ...problems(400, 413, 415, 422),
    },
  },
);

export const pushApp = createApp();

// Declared with its body for the document, and checked by hand, sample by sample.
pushApp.openAPIRegistry.registerPath({
  ...documentOf(route),
  request: {
    body: {
      required: true,
      content: {
        "application/json": { schema: PushRequest },
        "text/plain": { schema: { type: "string", example: 'shop_queue{region="eu"} 12\n' } },
        "application/openmetrics-text": { schema: { type: "string" } },
      },
    },
  },
});
pushApp.post(route.path, authorise(access), inflatedJson(MAX_BODY_BYTES, TEXT_TYPES), async (c) => {
  const ctx = c.get("ctx");
  const type = mediaTypeOf(c.req.raw.headers);
  if (type !== null && TEXT_TYPES.includes(type)) {
    const format = type === "text/plain" ? "prometheus" : "openmetrics";
    const bytes = await readInflated(c.req.raw, MAX_BODY_BYTES);
    return c.json(await takeText(ctx, ownerOf(ctx), bytes, format), 200);
  }
  const push = Push.safeParse(await c.req.json());
  if (!push.success) {
    const details = fieldErrors(push.error);
    throw new AppError("invalid_request", details[0]?.message ?? "The push is not valid.", { details });
  }
  return c.json(await pushSamples(ctx, ownerOf(ctx), push.data.samples), 200);
});
