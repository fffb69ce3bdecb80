import type { z } from "zod";
import type { BuiltInActivityType, WebhookEventType } from "../contracts/webhooks.ts";

const AT = "2026-11-21T08:58:38.123Z";
const USER = "usr_0198c7e2b6a47d3f9c1e5a7b8d2f4e60";
const SELLER = "0x00000000000000000000000000000000000000aa";
const BUYER = "0x00000000000000000000000000000000000000bb";

const EVENT = {
  epoch: "ep_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  seq: 4711,
  collection: "cryptopunks",
  token_id: "7804",
  price: "42.5",
  price_basis: "item",
  total_price: "42.5",
  currency: "ETH",
  price_usd: "131240.00",
  end_price: null,
  starts_at: null,
  quantity: "1",
  from: SELLER,
  to: BUYER,
  tx_hash: "0x5f6c0e3b1d9a4c7e8b2f0d6a3c5e7b9d1f4a6c8e0b2d4f6a8c0e2b4d6f8a0c2e",
  block_number: 21239876,
  log_index: 118,
  order_id: null,
  marketplace: "opensea",
  source: "push",
  simulated: false,
  corrects: null,
  corrected: [],
  occurred_at: AT,
  expires_at: null,
  received_at: "2026-11-21T08:58:38.623Z",
  floor_change: null,
};

const SALE = { ...EVENT, event_key: "opensea:sale:0x5f6c-12", kind: "sale" };

const LISTING = {
  ...EVENT,
  event_key: "opensea:listing:0x9b1e",
  kind: "listing",
  to: null,
  tx_hash: null,
  block_number: null,
  log_index: null,
  order_id: "0x9b1e",
  expires_at: "2026-12-21T08:58:38.000Z",
};

const FLOOR = {
  price: "42.5",
  currency: "ETH",
  basis: "item",
  token_id: "7804",
  order_id: "0x9b1e",
  marketplace: "opensea",
  source: "push",
  listed_at: AT,
};

const ALERT = {
  id: "alr_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  rule_id: "rul_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  name: "Floor below 40",
  state: "active",
  level: "warning",
  metric: "market.floor",
  labels: { collection: "cryptopunks" },
  value: "39.9",
  threshold: "40",
  message: "The floor of cryptopunks is 39.9, below 40.",
  started_at: AT,
  fired_at: AT,
  acknowledged_at: null,
  comment: null,
  resolved_at: null,
  resolved_reason: null,
};

const REPORT = {
  id: "rep_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  task_id: "tsk_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
  template: "collection_summary",
  title: "CryptoPunks, week 47",
};

const PORTFOLIO = { portfolio_id: "prt_0198c7e2b6a47d3f9c1e5a7b8d2f4e60", name: "Long term" };
const CHANGED = { user_id: USER, ip: "192.0.2.7" };

/** A `data` for each event type that is not an activity. */
export const EXAMPLES: Record<Exclude<WebhookEventType, `activity.${string}`>, Record<string, unknown>> = {
  "market.sale": SALE,
  "market.listing": LISTING,
  "market.bid": { ...LISTING, event_key: "opensea:bid:0x77aa", kind: "bid", from: BUYER, order_id: "0x77aa" },
  "market.transfer": {
    ...EVENT,
    event_key: "opensea:transfer:0x5f6c-13",
    kind: "transfer",
    price: null,
    total_price: null,
    currency: null,
    price_usd: null,
    marketplace: null,
  },
  "market.floor_changed": {
    ...LISTING,
    floor_change: {
      cause: "new_listing",
      at: AT,
      floor: FLOOR,
      previous: { ...FLOOR, price: "43", token_id: "1021", order_id: "0x8a07" },
    },
  },
  "market.corrected": {
    collection: SALE.collection,
    epoch: SALE.epoch,
    seq: 4719,
    corrected_by: "orphaned:0xb10c:0x5f6c-12",
    occurred_at: "2026-11-21T08:59:02.000Z",
    received_at: "2026-11-21T08:59:02.512Z",
    event: SALE,
    replacement: null,
  },
  "alert.fired": ALERT,
  "alert.acknowledged": { ...ALERT, state: "acknowledged", acknowledged_at: AT },
  "alert.resolved": {
    ...ALERT,
    state: "resolved",
    value: "41.2",
    resolved_at: AT,
    resolved_reason: "condition_cleared",
  },
  "report.ready": { ...REPORT, formats: ["html", "csv"], ready_at: AT },
  "report.failed": { ...REPORT, error: "The collection has no sales in this span.", failed_at: AT },
  "portfolio.imported": { ...PORTFOLIO, imported: 118, rejected: 2 },
  "portfolio.snapshot_taken": { ...PORTFOLIO, at: AT, currency: "USD", value: "182340.55" },
  "notification.created": {
    id: "ntf_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
    kind: "report.ready",
    level: "info",
    title: "CryptoPunks, week 47",
    body: "The report is ready.",
    data: { report_id: REPORT.id },
    created_at: AT,
  },
  "user.logged_in": {
    ...CHANGED,
    session_id: "ses_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
    user_agent: "Mozilla/5.0",
  },
  "user.password_changed": CHANGED,
  "user.mfa_enabled": CHANGED,
  "user.mfa_disabled": CHANGED,
  "user.api_key_created": {
    user_id: USER,
    api_key_id: "key_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
    name: "indexer",
    prefix: "xs_live_Ab3d",
  },
  "webhook.test": {
    webhook_id: "whk_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
    message: "This is a test. Answer with a status from 200 to 299.",
  },
};

type ActivityName = z.infer<typeof BuiltInActivityType>;

const ACTIVITY: Record<ActivityName, Record<string, unknown>> = {
  prospect_added: { prospect: "Collector of early punks", source: "newsletter" },
  research_completed: { subject: "cryptopunks", findings: 3 },
  outreach_sent: { recipient: "gallery@example.org", channel: "e-mail" },
  content_published: { title: "Floors in November", channel: "blog", url: "https://blog.example.org/floors" },
  task_completed: { task: "Import of October", duration_s: 41.5 },
  automation_triggered: { automation: "nightly import", trigger: "schedule", succeeded: true },
};

/** A `data` of a built-in type of activity. */
export function exampleOfActivity(name: ActivityName): Record<string, unknown> {
  return {
    id: "act_0198c7e2b6a47d3f9c1e5a7b8d2f4e60",
    type: name,
    data: ACTIVITY[name],
    event_key: null,
    occurred_at: AT,
    created_at: AT,
  };
}
