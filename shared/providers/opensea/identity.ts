import { cutText } from "../../domain/cut-text.ts";
import { SkippedEvent } from "./skip.ts";
import type { Seaport } from "./wire.ts";

const ZERO_ADDRESS = /^0x0{40}$/i;

/** Hex is compared without case; other chains' names (base58) mean their case. */
export function normaliseHash(text: string | null): string | null {
  if (text === null || /^0x0*$/i.test(text)) return null;
  return /^0x[0-9a-f]+$/i.test(text) ? text.toLowerCase() : text;
}

/** An order's other side, where the zero address means "anyone". */
export function partyOf(address: string | null): string | null {
  return address === null || ZERO_ADDRESS.test(address) ? null : address;
}

export interface TokenRef {
  contract: string | null;
  token_id: string | null;
}

/** `chain/contract/token`; a bid's may end after the contract. Token ids are whole numbers, or text elsewhere than on EVM chains. */
export function readNftId(nftId: string | null): TokenRef {
  const [, contract = "", token = ""] = nftId?.split("/") ?? [];
  return { contract: normaliseHash(contract || null), token_id: tokenId(token || null) };
}

/** `null` for an id that has lost digits (`1.0479e+77`) or is too long to be one. */
export function tokenId(text: string | null): string | null {
  if (text === null || text.length > 128 || /^\d+(?:\.\d+)?e\+?\d+$/i.test(text)) return null;
  return text;
}

/** Item types 2 and 3 of Seaport are one ERC-721 or ERC-1155 token; 4 and 5 are "any of these". */
export function tokenFromSeaport(order: Seaport | null | undefined, contract: string | null): TokenRef {
  const items = [...(order?.consideration ?? []), ...(order?.offer ?? [])];
  const item = items.find(
    ({ itemType, token }) =>
      (itemType === "2" || itemType === "3") && (contract === null || normaliseHash(token) === contract),
  );
  if (item === undefined) return { contract, token_id: null };
  return { contract: contract ?? normaliseHash(item.token), token_id: tokenId(item.identifierOrCriteria) };
}

/** Whether the maker of an order gives tokens (a listing) or money (an offer); `null` where it cannot be told. */
export function sideOf(order: Seaport | null | undefined): "listing" | "offer" | null {
  const first = order?.offer[0]?.itemType;
  if (first === undefined || first === null) return null;
  return Number(first) >= 2 ? "listing" : "offer";
}

/** Throws `SkippedEvent` unless the event is of the collection that was asked for; one that does not say passes. */
export function requireCollection(named: string | null | undefined, slug: string): void {
  if (named !== null && named !== undefined && named !== slug)
    throw new SkippedEvent("other_collection", `belongs to ${cutText(named, 100)}, not to ${slug}`);
}
