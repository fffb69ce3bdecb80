import { eq } from "drizzle-orm";
import { WebhookEventType, WebhookFilter } from "../contracts/webhooks.ts";
import { webhook_topics } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";

/** What an endpoint asks for. */
export interface Subscription {
  id: string;
  user_id: string;
  event_types: readonly string[];
  collections: readonly string[] | null;
  filter: unknown;
}

/** One event type and collection that an endpoint wants, as the outbox looks for it. */
export interface Topic {
  /** A type, or `prefix.*` of types that do not come from the market. */
  event_type: string;
  /** A slug, '*' for every one and for none, '' for events that have none. */
  collection: string;
  min_price: string | null;
}

const MARKET = "market.";
const MARKET_TYPES = WebhookEventType.options.filter((type) => type.startsWith(MARKET));

/** Whether `pattern` names `type`: the type itself, or a prefix of it such as `market.*`. */
export function namesType(pattern: string, type: string): boolean {
  return pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1)));
}

/** The market's types that the patterns name. */
export function marketTypesOf(patterns: readonly string[]): string[] {
  return MARKET_TYPES.filter((type) => patterns.some((pattern) => namesType(pattern, type)));
}

/** A filter as it is stored; one that no longer means anything filters nothing. */
export function readFilter(stored: unknown): WebhookFilter | null {
  return WebhookFilter.nullable().catch(null).parse(stored);
}

/**
 * What an endpoint's wishes come to. A flush looks for the market's types one by one, so prefixes of them are spelled
 * out; any other prefix stays as it is and so takes in types that are added later, one's own activity types too.
 * Collections narrow events that are about one: what is about none comes all the same.
 */
export function topicsOf({
  event_types,
  collections,
  filter,
}: Omit<Subscription, "id" | "user_id">): Topic[] {
  const min_price = readFilter(filter)?.min_price ?? null;
  const others = [...new Set(event_types)].filter((pattern) => !pattern.startsWith(MARKET));
  const slugs = collections === null ? ["*"] : [...new Set(collections)];
  const withNone = collections === null ? slugs : ["", ...slugs];
  return [
    ...marketTypesOf(event_types).flatMap((event_type) =>
      slugs.map((collection) => ({ event_type, collection, min_price })),
    ),
    ...others.flatMap((event_type) =>
      withNone.map((collection) => ({ event_type, collection, min_price: null })),
    ),
  ];
}

const keyOf = ({ event_type, collection }: Pick<Topic, "event_type" | "collection">) =>
  `${event_type} ${collection}`;

/**
 * Makes an active endpoint's topics what it asks for, in the transaction that changes it. What it had before keeps the
 * time since when it has it, so that events which are on their way to Postgres are not lost to it.
 */
export async function replaceTopics(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  subscription: Subscription,
): Promise<void> {
  const { id: webhook_id, user_id } = subscription;
  const wanted = topicsOf(subscription);
  const kept = await tx.select().from(webhook_topics).where(eq(webhook_topics.webhook_id, webhook_id));
  const sinceOf = new Map(kept.map((topic) => [keyOf(topic), topic.since]));
  const now = isoTime(ctx.now());
  const rows = wanted.map((topic) => ({
    ...topic,
    webhook_id,
    user_id,
    since: sinceOf.get(keyOf(topic)) ?? sinceOf.get(keyOf({ ...topic, collection: "*" })) ?? now,
  }));
  await tx.delete(webhook_topics).where(eq(webhook_topics.webhook_id, webhook_id));
  for (let start = 0; start < rows.length; start += MOST_AT_ONCE)
    await tx.insert(webhook_topics).values(rows.slice(start, start + MOST_AT_ONCE));
}

/** Rows of one statement; each has six parameters, and a statement may have 65,535. */
const MOST_AT_ONCE = 5000;
