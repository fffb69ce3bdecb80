export * from "./market.ts";
export * from "./providers.ts";
