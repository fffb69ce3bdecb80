import type { Bindings } from "../shared/platform/env.ts";
import { handleFetch } from "./handle-fetch.ts";
import { handleQueue } from "./handle-queue.ts";
import { handleScheduled } from "./handle-scheduled.ts";

export { AccountGate } from "../durable-objects/account-gate.ts";
export { AlertEngine } from "../durable-objects/alert-engine.ts";
export { ApiKeyGate } from "../durable-objects/api-key-gate.ts";
export { CollectionRoom } from "../durable-objects/collection-room.ts";
export { LiveRelay } from "../durable-objects/live-relay.ts";
export { LoginGuard } from "../durable-objects/login-guard.ts";
export { ProviderFeed } from "../durable-objects/provider-feed.ts";
export { ProviderGate } from "../durable-objects/provider-gate.ts";
export { StatusBoard } from "../durable-objects/status-board.ts";
export { UserRoom } from "../durable-objects/user-room.ts";
export { WebhookSender } from "../durable-objects/webhook-sender.ts";

export default {
  fetch: handleFetch,
  queue: handleQueue,
  scheduled: handleScheduled,
} satisfies ExportedHandler<Bindings>;
