import { userEngine, wakeAlerts } from "../alerts/wake-alerts.ts";
import { type ActivityEvent, ActivityInput } from "../contracts/activity.ts";
import type { Answers } from "../platform/answers.ts";
import type { Ctx } from "../platform/ctx.ts";
import type { FieldError } from "../platform/errors.ts";
import { fieldErrors } from "../platform/zod-errors.ts";
import { wakeWebhooks } from "../webhooks/wake-webhooks.ts";
import { activityEvent } from "./event-row.ts";
import { publishToUser } from "./publish-to-user.ts";
import { readJudges } from "./read-judges.ts";
import { type Judge, MOST_WORK, MOST_WORK_TOGETHER, type WorkLeft } from "./schema/judge-data.ts";
import { unstorable } from "./storable-data.ts";
import { storeActivity } from "./store-activity.ts";

/** A clock may be ahead by this much. */
const LONGEST_AHEAD_MS = 15 * 60_000;

export interface RecordedActivity {
  stored: { index: number; event: ActivityEvent; duplicate: boolean }[];
  rejected: { index: number; errors: FieldError[] }[];
}

export type ActivityCtx = Pick<
  Ctx,
  "db" | "transact" | "now" | "log" | "trace" | "later" | "queue" | "deliveries" | "rooms" | "alertEngine"
>;

/**
 * Records what a user did: counted, streamed to the user's devices and offered to webhooks. Each event is checked by
 * itself; the good ones are in when this resolves, the others are named by where they stood.
 */
export async function recordActivity(
  ctx: ActivityCtx & Answers<RecordedActivity>,
  user_id: string,
  values: readonly unknown[],
): Promise<RecordedActivity> {
  const read = values.map((value, index) => ({ index, ...readEvent(value, ctx.now()) }));
  const types = read.flatMap(({ event }) => (event === null ? [] : [event.type]));
  const judges = await readJudges(ctx.db, user_id, types);
  const judged = await judgeInTurn(read, judges);
  const good = judged.flatMap(({ index, event }) => (event === null ? [] : [{ index, event }]));
  const rejected = judged.flatMap(({ index, event, errors }) => (event === null ? [{ index, errors }] : []));
  if (good.length === 0) return { stored: [], rejected };
  const { recorded, events, webhooks, watched } = await ctx.transact(async (tx) => {
    const inputs = good.map(({ event }) => event);
    const written = await storeActivity(tx, ctx, user_id, inputs);
    const stored = written.events.map((entry, at) => ({ index: good[at]?.index ?? at, ...entry }));
    const recorded = { stored, rejected };
    await ctx.keepAnswer?.(tx, recorded);
    return { ...written, recorded };
  });
  wakeWebhooks(ctx, webhooks);
  const news = events.filter(({ duplicate }) => !duplicate);
  publishToUser(ctx, user_id, ...news.map(({ event }) => activityEvent(event)));
  if (watched) wakeAlerts(ctx, userEngine(user_id));
  return recorded;
}

type Read = { index: number; event: ActivityInput | null; errors: FieldError[] };

/** Judges one after the other. In between other requests have their turn, however much there is to compare. */
async function judgeInTurn(read: readonly Read[], judges: ReadonlyMap<string, Judge>): Promise<Read[]> {
  const work = { left: MOST_WORK_TOGETHER };
  let pauseAt = work.left - MOST_WORK;
  const judged: Read[] = [];
  for (const { index, event, errors } of read) {
    if (work.left < pauseAt) {
      pauseAt = work.left - MOST_WORK;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    const found = event === null ? errors : judgeEvent(event, judges.get(event.type), work);
    judged.push({ index, event: found.length === 0 ? event : null, errors: found });
  }
  return judged;
}

function judgeEvent(event: ActivityInput, judge: Judge | undefined, work: WorkLeft): FieldError[] {
  if (judge === undefined)
    return [{ pointer: "/type", message: "is not registered; POST /api/v1/activity-types first" }];
  return judge(event.data, work).map(({ pointer, message }) => ({ pointer: `/data${pointer}`, message }));
}

function readEvent(value: unknown, now: number): { event: ActivityInput | null; errors: FieldError[] } {
  const message = unstorable(value);
  if (message !== null) return { event: null, errors: [{ pointer: "", message }] };
  const parsed = ActivityInput.safeParse(value);
  if (!parsed.success) return { event: null, errors: fieldErrors(parsed.error) };
  const event = parsed.data;
  if (event.occurred_at !== undefined && Date.parse(event.occurred_at) > now + LONGEST_AHEAD_MS)
    return { event: null, errors: [{ pointer: "/occurred_at", message: "lies in the future" }] };
  return { event, errors: [] };
}
