import { type Preview, previewRule } from "../../../shared/alerts/evaluate/preview.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { checkFields } from "./check-fields.ts";
import type { PreviewAnswer, PreviewRequest } from "./schema.ts";

const DAY_MS = 86_400_000;
const USUAL_DAYS = 7;
const MOST_DAYS = 90;

const refuse = (pointer: string, message: string) =>
  new AppError("invalid_request", `${pointer.slice(1)}: ${message}.`, { details: [{ pointer, message }] });

/** The span that is looked at, in ms since 1970. Throws `invalid_request` where it is empty or too long. */
function spanOf({ from: asked, to: until }: PreviewRequest, now: number) {
  const to = until === undefined ? now : Math.min(Date.parse(until), now);
  const from = asked === undefined ? to - USUAL_DAYS * DAY_MS : Date.parse(asked);
  if (from >= to) throw refuse("/from", `must lie before to, which is ${isoTime(to)}`);
  if (to - from > MOST_DAYS * DAY_MS)
    throw refuse(
      "/from",
      `must lie at most ${MOST_DAYS} days before to, so not before ${isoTime(to - MOST_DAYS * DAY_MS)}`,
    );
  return { from, to };
}

/**
 * When a rule would have fired over what is stored. Nothing is kept, and nobody is told.
 * @throws `invalid_request` for fields that do not belong together, a span that cannot be, or a metric without a history;
 * `forbidden` for a metric that is not for the caller.
 */
export async function tryRule(ctx: Ctx, wanted: PreviewRequest): Promise<PreviewAnswer> {
  const { from: _from, to: _to, ...fields } = wanted;
  await checkFields(ctx.db, ctx.actor, fields);
  const { from, to } = spanOf(wanted, ctx.now());
  const found: Preview = await previewRule(ctx, fields, { from, to, user_id: ownerOf(ctx) });
  return { from: isoTime(from), to: isoTime(to), count: found.firings.length, ...found };
}
