import type { PushAnswer } from "../../../shared/contracts/metrics.ts";
import type { PushCtx } from "../../../shared/metrics/push-samples.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { ExpositionError, type Format, type ReadLine, readExposition } from "../prometheus/exposition.ts";
import { type PushedSample, toPushed } from "../prometheus/sample.ts";
import { pushInParts } from "../push-in-parts.ts";

/** Types of what Prometheus scrapes. */
export const TEXT_TYPES: readonly string[] = ["text/plain", "application/openmetrics-text"];

function linesOf(bytes: Uint8Array, format: Format): ReadLine[] {
  try {
    return readExposition(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes), format);
  } catch (cause) {
    const reason = cause instanceof ExpositionError ? cause.message : "is not UTF-8";
    throw new AppError("unreadable_body", `The text ${reason}.`, { cause });
  }
}

/** Takes the text that Prometheus scrapes, line by line; `index` of what is refused is its line, from 1. */
export async function takeText(
  ctx: PushCtx,
  user_id: string,
  bytes: Uint8Array,
  format: Format,
): Promise<PushAnswer> {
  const refused: PushAnswer["rejected"] = [];
  const samples: PushedSample[] = [];
  const lines: number[] = [];
  for (const each of linesOf(bytes, format)) {
    const pushed = "refused" in each ? each : toPushed(each.sample);
    if (pushed === null) continue;
    if ("refused" in pushed)
      refused.push({ index: each.line, errors: [{ pointer: "", message: pushed.refused }] });
    else {
      samples.push(pushed);
      lines.push(each.line);
    }
  }
  const answer = await pushInParts(ctx, user_id, samples, "send the rest in another push");
  const rejected = answer.rejected.map(({ index, errors }) => ({ index: lines[index] ?? 0, errors }));
  return { ...answer, rejected: [...refused, ...rejected].sort((a, b) => a.index - b.index) };
}
