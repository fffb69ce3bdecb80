import {
  type RecordedActivity as Recorded,
  recordActivity,
} from "../../../shared/activity/record-activity.ts";
import { type ActivityAnswer, ActivityEvent } from "../../../shared/contracts/activity.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Access } from "../../../shared/platform/http/access.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { authorise } from "../../../shared/platform/http/authorise.ts";
import { answerOnce, IDEMPOTENCY_PARAMETER, idempotent } from "../../../shared/platform/http/idempotent.ts";
import { jsonBodyOf } from "../../../shared/platform/http/json-body.ts";
import { problems } from "../../../shared/platform/http/problem.ts";
import { defineRoute, documentOf } from "../../../shared/platform/http/route.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { listActivity } from "./list-activity.ts";
import {
  ActivityBatch,
  ActivityPage,
  ActivityQuery,
  RecordActivityRequest,
  RecordedActivity,
} from "./schema.ts";

const MAX_BODY_BYTES = 2 * 1024 * 1024;

const access: Access = { kind: "permission", permission: "activity:write" };

const route = defineRoute(
  { access },
  {
    method: "post",
    path: "/activity",
    operationId: "recordActivity",
    tags: ["activity"],
    summary: "Record what one did: one event, or several",
    description: `Of several, each is checked by itself: the good ones go in, the others are reported by index. An event
whose \`event_key\` is known is a duplicate and changes nothing. What goes in is counted, streamed to the devices of the
user and offered to webhooks as \`activity.<type>\`.`,
    responses: {
      200: {
        description: "What became of several, or the known event where one was sent again",
        content: { "application/json": { schema: RecordedActivity } },
      },
      201: { description: "The event", content: { "application/json": { schema: ActivityEvent } } },
      ...problems(400, 409, 413, 415, 422),
    },
  },
);

const body = { required: true, content: { "application/json": { schema: RecordActivityRequest } } };

function answerOf({ stored, rejected }: Recorded): ActivityAnswer {
  const duplicate = stored.filter((entry) => entry.duplicate).length;
  return {
    accepted: stored.length - duplicate,
    duplicate,
    rejected,
    events: stored.map((entry) => ({ index: entry.index, id: entry.event.id, duplicate: entry.duplicate })),
  };
}

const isBatch = (value: unknown) => typeof value === "object" && value !== null && "events" in value;

export const activityEventsApp = createApp();

// Declared with its body for the document, and checked by hand, event by event.
activityEventsApp.openAPIRegistry.registerPath({
  ...documentOf(route),
  request: { body },
  parameters: [IDEMPOTENCY_PARAMETER],
});
activityEventsApp.post(route.path, authorise(access), jsonBodyOf(MAX_BODY_BYTES), idempotent, async (c) => {
  const value: unknown = await c.req.json();
  if (isBatch(value)) {
    const batch = ActivityBatch.safeParse(value);
    if (!batch.success) {
      const details = fieldErrors(batch.error);
      throw new AppError("invalid_request", details[0]?.message ?? "The batch is not valid.", { details });
    }
    return answerOnce(
      c,
      (ctx) => recordActivity(ctx, ownerOf(ctx), batch.data.events),
      (recorded: Recorded) => c.json(answerOf(recorded), 200),
    );
  }
  return answerOnce(
    c,
    (ctx) => recordActivity(ctx, ownerOf(ctx), [value]),
    ({ stored: [entry], rejected }: Recorded) => {
      if (entry !== undefined) return c.json(entry.event, entry.duplicate ? 200 : 201);
      const details = rejected[0]?.errors ?? [];
      throw new AppError("invalid_request", details[0]?.message ?? "The event is not valid.", { details });
    },
  );
});

activityEventsApp.openapi(
  defineRoute(
    { access: { kind: "permission", permission: "activity:read" } },
    {
      method: "get",
      path: "/activity",
      operationId: "listActivity",
      tags: ["activity"],
      summary: "What one has recorded, newest first",
      description: "By when it happened; `to` is exclusive.",
      request: { query: ActivityQuery },
      responses: {
        200: { description: "A page of events", content: { "application/json": { schema: ActivityPage } } },
        ...problems(422),
      },
    },
  ),
  async (c) => c.json(await listActivity(c.get("ctx"), c.req.valid("query")), 200),
);
