import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { readBytes } from "../../../shared/platform/http/body.ts";
import { mediaTypeOf } from "../../../shared/platform/http/media-type.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { SnappyError, UnpacksTooMuch, unpackSnappy } from "./snappy.ts";
import { takeWrite, type Version } from "./take-write.ts";

/** Packed, and unpacked. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;
const TYPE = "application/x-protobuf";

const access: Access = { kind: "permission", permission: "metrics:push" };

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/metrics/remote-write",
    operationId: "remoteWriteMetrics",
    tags: ["metrics"],
    summary: "Hand in samples by Prometheus' remote-write, 1.0 or 2.0",
    description: `For \`remote_write\` of Prometheus and those that write like it. The body is protobuf packed by snappy. What is
not taken is named in the answer, which is then 400: by the protocol, it is not sent again; the rest is kept. An answer of
5xx asks for another attempt. To 2.0, \`X-Prometheus-Remote-Write-Samples-Written\` and \`…-Histograms-Written\` say how many are kept. Of a native
histogram, its count, sum and quantiles are kept, as of those by OTLP.`,
    responses: { 204: { description: "Everything is kept" }, ...problems(400, 413, 415, 503) },
  },
);

export const remoteWriteApp = createApp();

remoteWriteApp.openAPIRegistry.registerPath({
  ...documentOf(route),
  request: {
    body: { required: true, content: { [TYPE]: { schema: { type: "string", format: "binary" } } } },
  },
});
remoteWriteApp.post(route.path, authorise(access), async (c) => {
  const ctx = c.get("ctx");
  const version = versionOf(c.req.raw.headers);
  const bytes = unpack(await readBytes(c.req.raw, MAX_BODY_BYTES));
  const { samples, histograms, refused } = await takeWrite(ctx, ownerOf(ctx), bytes, version);
  const headers: Record<string, string> =
    version === 1
      ? {}
      : {
          "x-prometheus-remote-write-samples-written": String(samples),
          "x-prometheus-remote-write-histograms-written": String(histograms),
          "x-prometheus-remote-write-exemplars-written": "0",
        };
  if (refused.length === 0) return c.body(null, 204, headers);
  const kept = histograms === 0 ? "" : ` and ${histograms} native histograms`;
  const message = `${samples} samples${kept} are kept. Not taken: ${refused.join("; ")}.`;
  throw new AppError("malformed_request", message, { headers });
});

/**
 * The message that a body is, by `content-type`, which names it since 2.0
 * (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#protocol). Throws 415 for anything else.
 */
function versionOf(headers: Headers): Version {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const named = /;\s*proto\s*=\s*"?([^";\s]*)"?/i.exec(headers.get("content-type") ?? "")?.[1];
  if (mediaTypeOf(headers) === TYPE && encoding === "snappy") {
    if (named === undefined || named === "prometheus.WriteRequest") return 1;
    if (named === "io.prometheus.write.v2.Request") return 2;
  }
  throw new AppError(
    "unsupported_media_type",
    `Send ${TYPE}, with proto=prometheus.WriteRequest or proto=io.prometheus.write.v2.Request, and content-encoding: snappy.`,
  );
}

function unpack(body: Uint8Array): Uint8Array {
  try {
    return unpackSnappy(body, MAX_BODY_BYTES);
  } catch (cause) {
    if (cause instanceof UnpacksTooMuch)
      throw new AppError(
        "body_too_large",
        `The body unpacks to more than ${MAX_BODY_BYTES} bytes; set max_samples_per_send of queue_config lower.`,
        { cause },
      );
    if (!(cause instanceof SnappyError)) throw cause;
    throw new AppError("unreadable_body", `The body is not snappy: it ${cause.message}.`, { cause });
  }
}
