import type { EventKind } from "../../../shared/contracts/market.ts";

export type KindFilter = EventKind | "all";

export const KIND_OPTIONS: readonly { value: KindFilter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "sale", label: "Sales" },
  { value: "listing", label: "Listings" },
  { value: "bid", label: "Bids" },
  { value: "transfer", label: "Transfers" },
  { value: "cancel", label: "Cancels" },
];
