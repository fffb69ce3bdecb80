import { z } from "zod";
import type { Permission } from "./access.ts";
import { Decimal, Slug } from "./primitives.ts";

/** Built-in activity types (ACT-2). */
export const BuiltInActivityType = z.enum([
  "prospect_added",
  "research_completed",
  "outreach_sent",
  "content_published",
  "task_completed",
  "automation_triggered",
]);

/** Every event type that a webhook can ask for by name; prefixes end in `.*`. Own activity types are `activity.<name>`. */
export const WebhookEventType = z.enum([
  "market.sale",
  "market.listing",
  "market.bid",
  "market.transfer",
  "market.floor_changed",
  "market.corrected",
  "alert.fired",
  "alert.acknowledged",
  "alert.resolved",
  "report.ready",
  "report.failed",
  "portfolio.imported",
  "portfolio.snapshot_taken",
  "notification.created",
  "user.logged_in",
  "user.password_changed",
  "user.mfa_enabled",
  "user.mfa_disabled",
  "user.api_key_created",
  "webhook.test",
  ...BuiltInActivityType.options.map((name) => `activity.${name}` as const),
]);
export type WebhookEventType = z.infer<typeof WebhookEventType>;

type SubjectOf<Type extends string> = Type extends `${infer Subject}.${string}` ? Subject : never;
export type WebhookSubject = SubjectOf<WebhookEventType>;

/** What is for people alone: an API key may not read its owner's log-ins and factors, so it may not be sent them. */
export const PEOPLE_ONLY = "people_only";

/** What whoever is sent events of a subject must hold: at creation, at every change, and when each is sent. */
export const SubjectNeeds: Readonly<Record<WebhookSubject, Permission | typeof PEOPLE_ONLY>> = {
  market: "market:read",
  alert: "alerts:read",
  report: "reports:read",
  portfolio: "portfolios:read",
  notification: "activity:read",
  activity: "activity:read",
  user: PEOPLE_ONLY,
  webhook: "webhooks:read",
};

/** The subject of a type or of a pattern of types; `undefined` where there is none of this name. */
export function subjectOf(type: string): WebhookSubject | undefined {
  const name = type.slice(0, Math.max(0, type.indexOf(".")));
  return SUBJECTS.find((subject) => subject === name);
}
const SUBJECTS = Object.keys(SubjectNeeds) as WebhookSubject[];

/** What an endpoint asks for: a type, `prefix.*`, or one's own `activity.<name>`. */
export const EventTypePattern = z
  .string()
  .max(100)
  .regex(/^(?:[a-z_]+\.)+(?:\*|[a-z0-9_]+)$/, 'must be an event type such as "market.sale", or "market.*"');

/** A condition on a value inside the payload's `data`, named by a dotted path such as `floor_change.current.price`. */
export const PayloadCondition = z.strictObject({
  path: z
    .string()
    .max(200)
    .regex(
      /^[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*$/,
      "must be a dotted path such as price or floor_change.cause",
    ),
  operator: z.enum(["eq", "ne", "lt", "lte", "gt", "gte", "in", "exists"]),
  /** Decimal strings are compared as numbers by lt, lte, gt and gte. */
  value: z
    .union([z.string().max(500), z.number(), z.boolean(), z.null(), z.array(z.string().max(500)).max(100)])
    .optional(),
});
export type PayloadCondition = z.infer<typeof PayloadCondition>;

/** All of it must hold. */
export const WebhookFilter = z.strictObject({
  /** Lowest price per item in the event's own currency; events without a known price do not pass. */
  min_price: Decimal.optional(),
  conditions: z.array(PayloadCondition).max(20).optional(),
});
export type WebhookFilter = z.infer<typeof WebhookFilter>;

export const WebhookCollections = z.array(Slug).min(1).max(200);

/** What is sent to an endpoint (Standard Webhooks: type, timestamp, data). */
export const WebhookPayload = z.object({
  type: z.string(),
  /** When the cause happened. */
  timestamp: z.string(),
  data: z.record(z.string(), z.unknown()),
});
export type WebhookPayload = z.infer<typeof WebhookPayload>;

/** RPC surface of a `WebhookSender`; one object an endpoint, so that a slow one holds up nobody else. */
export interface WebhookSenderRpc {
  /**
   * Deliveries of this endpoint may be due: look now. Answers at once; the work goes on. Where its owner `asked`, a pause
   * after failures ends: whoever asks for a replay has most likely mended the endpoint.
   */
  wake(webhook_id: string, traceparent: string | null, asked?: boolean): Promise<void>;
}
