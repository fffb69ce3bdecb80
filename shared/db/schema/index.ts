export * from "./accounts.ts";
export * from "./activity.ts";
export * from "./audit.ts";
export * from "./idempotency.ts";
export * from "./market.ts";
export * from "./providers.ts";
export * from "./webhooks.ts";
