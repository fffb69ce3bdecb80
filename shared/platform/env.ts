import type { AccountGateRpc, ApiKeyGateRpc, LoginGuardsRpc } from "../contracts/accounts.ts";
import type { AlertEngineRpc } from "../contracts/alerts.ts";
import type { CollectionRoomRpc, LiveRelayRpc, StatusBoardRpc } from "../contracts/room.ts";
import type { UserRoomRpc } from "../contracts/user-room.ts";
import type { WebhookSenderRpc } from "../contracts/webhooks.ts";
import type { SendEmailBinding } from "../mail/cloudflare.ts";
import type { ProviderFeedRpc, ProviderGateRpc } from "../providers/links.ts";
import type { Fetcher, QueueGauge } from "./ctx.ts";

/** The objects of one class, by name. */
export interface ObjectNamespace<Rpc> {
  getByName(name: string): Rpc;
  idFromName(name: string): { toString(): string };
}

/** What `wrangler.toml` binds. Plain settings are read through `parseConfig` only. */
export interface Bindings {
  ACCOUNT_GATE: ObjectNamespace<AccountGateRpc>;
  ALERT_ENGINE: ObjectNamespace<AlertEngineRpc>;
  API_KEY_GATE: ObjectNamespace<ApiKeyGateRpc>;
  ASSETS: Fetcher;
  COLLECTION_ROOM: ObjectNamespace<CollectionRoomRpc>;
  LOGIN_GUARD: ObjectNamespace<LoginGuardsRpc>;
  LIVE_RELAY: ObjectNamespace<LiveRelayRpc>;
  PROVIDER_FEED: ObjectNamespace<ProviderFeedRpc>;
  PROVIDER_GATE: ObjectNamespace<ProviderGateRpc>;
  STATUS_BOARD: ObjectNamespace<StatusBoardRpc>;
  JOBS: { send(message: unknown): Promise<unknown> } & QueueGauge;
  DELIVERIES: { send(message: unknown): Promise<unknown> };
  USER_ROOM: ObjectNamespace<UserRoomRpc>;
  WEBHOOK_SENDER: ObjectNamespace<WebhookSenderRpc>;
  /** Cloudflare's mail binding, where `MAIL_DRIVER` is `cloudflare`. */
  SEND_EMAIL?: SendEmailBinding;
  [setting: string]: unknown;
}
