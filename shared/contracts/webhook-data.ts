import { z } from "zod";
import { MarketEvent } from "./market.ts";
import { NotificationLevel } from "./notifications.ts";

/** `data` of every message of the market: the event as it was sent live. */
export const MarketEventData = MarketEvent;

/** `data` of `market.floor_changed`: the event that moved the floor, and how. */
export const FloorChangedData = MarketEvent.extend({
  floor_change: MarketEvent.shape.floor_change.unwrap(),
});

/** `data` of `market.corrected`: an event that was told before and does not count any more. */
export const CorrectedData = z.object({
  collection: z.string(),
  /** Number of the event that corrects it. */
  epoch: z.string(),
  seq: z.number().int().positive(),
  /** Key of the event that corrects it. */
  corrected_by: z.string(),
  occurred_at: z.string(),
  received_at: z.string(),
  /** The event that does not count any more, as it was sent. */
  event: MarketEvent,
  /** What stands in its place; `null` where it was taken back. Who asked for its type is told of it by itself too. */
  replacement: MarketEvent.nullable(),
});

/** `data` of `alert.*`. */
export const AlertData = z.object({
  id: z.string(),
  rule_id: z.string(),
  name: z.string(),
  state: z.enum(["active", "acknowledged", "resolved"]),
  level: z.string(),
  metric: z.string(),
  labels: z.record(z.string(), z.string()),
  /** Decimal text; `null` where the metric had none. */
  value: z.string().nullable(),
  /** `null` where the rule looks for absence. */
  threshold: z.string().nullable(),
  message: z.string(),
  started_at: z.string(),
  fired_at: z.string().nullable(),
  acknowledged_at: z.string().nullable(),
  comment: z.string().nullable(),
  resolved_at: z.string().nullable(),
  /** Such as `condition_cleared`, or `corrected` where what it fired for was taken back or replaced. */
  resolved_reason: z.string().nullable(),
});

/** `data` of `report.ready`; the report is read at `/api/v1/reports/{id}`. */
export const ReportReadyData = z.object({
  id: z.string(),
  task_id: z.string(),
  template: z.string(),
  title: z.string(),
  formats: z.array(z.string()),
  ready_at: z.string(),
});

/** `data` of `report.failed`. */
export const ReportFailedData = z.object({
  id: z.string(),
  task_id: z.string(),
  template: z.string(),
  title: z.string(),
  error: z.string(),
  failed_at: z.string(),
});

/** `data` of `portfolio.imported`. */
export const PortfolioImportedData = z.object({
  portfolio_id: z.string(),
  name: z.string(),
  imported: z.number().int(),
  rejected: z.number().int(),
});

/** `data` of `portfolio.snapshot_taken`. Amounts are decimal text in `currency`. */
export const PortfolioSnapshotData = z.object({
  portfolio_id: z.string(),
  name: z.string(),
  at: z.string(),
  currency: z.string(),
  value: z.string().nullable(),
});

/** `data` of `notification.created`. */
export const NotificationCreatedData = z.object({
  id: z.string(),
  kind: z.string(),
  level: NotificationLevel,
  title: z.string(),
  body: z.string(),
  data: z.record(z.string(), z.unknown()).nullable(),
  created_at: z.string(),
});

/** `data` of `user.logged_in`. */
export const UserLoggedInData = z.object({
  user_id: z.string(),
  session_id: z.string(),
  ip: z.string(),
  user_agent: z.string().nullable(),
});

/** `data` of `user.password_changed`, `user.mfa_enabled` and `user.mfa_disabled`. */
export const UserChangedData = z.object({
  user_id: z.string(),
  /** Where it was asked for; `null` where an administrator did it. */
  ip: z.string().nullable(),
});

/** `data` of `user.api_key_created`: never the key itself. */
export const ApiKeyCreatedData = z.object({
  user_id: z.string(),
  api_key_id: z.string(),
  name: z.string(),
  prefix: z.string(),
});

/** `data` of `webhook.test`. */
export const WebhookTestData = z.object({ webhook_id: z.string(), message: z.string() });
