import { z } from "zod";
import { ActivityEvent, BUILT_IN_ACTIVITY } from "../contracts/activity.ts";
import {
  AlertData,
  ApiKeyCreatedData,
  CorrectedData,
  FloorChangedData,
  MarketEventData,
  NotificationCreatedData,
  PortfolioImportedData,
  PortfolioSnapshotData,
  ReportFailedData,
  ReportReadyData,
  UserChangedData,
  UserLoggedInData,
  WebhookTestData,
} from "../contracts/webhook-data.ts";
import { BuiltInActivityType, WebhookEventType } from "../contracts/webhooks.ts";
import { EXAMPLES, exampleOfActivity } from "./examples.ts";

interface Kind {
  description: string;
  /** Of the message's `data`. */
  data: z.ZodType;
}

const KINDS: Record<Exclude<WebhookEventType, `activity.${string}`>, Kind> = {
  "market.sale": { description: "An item was sold", data: MarketEventData },
  "market.listing": { description: "An item was offered for sale", data: MarketEventData },
  "market.bid": {
    description: "Somebody bid for an item, or for any of a collection",
    data: MarketEventData,
  },
  "market.transfer": { description: "An item changed hands without a sale", data: MarketEventData },
  "market.floor_changed": {
    description:
      "The lowest open listing of a collection is another one; the event that moved it comes with it",
    data: FloorChangedData,
  },
  "market.corrected": {
    description:
      "An event turned out wrong: it was taken back or replaced. Whoever asks for the event's type is told of that too",
    data: CorrectedData,
  },
  "alert.fired": { description: "The condition of an alert rule holds", data: AlertData },
  "alert.acknowledged": { description: "Somebody took notice of an alert", data: AlertData },
  "alert.resolved": { description: "An alert is over", data: AlertData },
  "report.ready": { description: "A report can be downloaded", data: ReportReadyData },
  "report.failed": { description: "A report could not be made", data: ReportFailedData },
  "portfolio.imported": { description: "Transactions were imported", data: PortfolioImportedData },
  "portfolio.snapshot_taken": { description: "A portfolio was valued", data: PortfolioSnapshotData },
  "notification.created": {
    description: "You were notified of something; notifications about webhooks are not sent to webhooks",
    data: NotificationCreatedData,
  },
  "user.logged_in": { description: "Somebody logged in to your account", data: UserLoggedInData },
  "user.password_changed": { description: "Your password was changed", data: UserChangedData },
  "user.mfa_enabled": { description: "A second factor was turned on", data: UserChangedData },
  "user.mfa_disabled": { description: "The second factor was turned off", data: UserChangedData },
  "user.api_key_created": { description: "An API key was made for your account", data: ApiKeyCreatedData },
  "webhook.test": {
    description: "Sent by POST /api/v1/webhooks/{id}/test and at no other time",
    data: WebhookTestData,
  },
};

const activityKind = (name: z.infer<typeof BuiltInActivityType>): Kind => ({
  description: BUILT_IN_ACTIVITY[name].description,
  data: ActivityEvent.extend({ type: z.literal(name), data: BUILT_IN_ACTIVITY[name].data }),
});

/** An event type as integrators see it. */
export interface CatalogueEntry extends Kind {
  type: WebhookEventType;
  /** A `data` that the schema takes. */
  example: Record<string, unknown>;
}

const activities = BuiltInActivityType.options.map((name) => ({
  type: `activity.${name}` as const,
  ...activityKind(name),
  example: exampleOfActivity(name),
}));

const Fixed = WebhookEventType.exclude(
  BuiltInActivityType.options.map((name) => `activity.${name}` as const),
);

/** Every event type that webhooks carry, with what its messages hold. */
export const CATALOGUE: readonly CatalogueEntry[] = [
  ...Fixed.options.map((type) => ({ type, ...KINDS[type], example: EXAMPLES[type] })),
  ...activities,
];

/** What a message of this type looks like; `undefined` where there is no such type. */
export function catalogueEntry(type: string): CatalogueEntry | undefined {
  return CATALOGUE.find((entry) => entry.type === type);
}

/** Knows no names, so that nothing is put under `$defs` and a schema can stand inside another document. */
const NO_NAMES = z.registry<{ id?: string }>();

/** JSON Schema (draft 2020-12) of the whole message of a type. */
export function messageSchema({ type, data }: CatalogueEntry): Record<string, unknown> {
  const message = z.object({ type: z.literal(type), timestamp: z.iso.datetime(), data });
  return { ...z.toJSONSchema(message, { metadata: NO_NAMES, io: "output" }) };
}

/** The whole message as an endpoint gets it. */
export function exampleMessage({ type, example }: CatalogueEntry): Record<string, unknown> {
  return { type, timestamp: "2026-11-21T08:58:38.123Z", data: example };
}
