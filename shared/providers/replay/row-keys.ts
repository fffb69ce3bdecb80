import { cutText } from "../../domain/cut-text.ts";
import type { ReplayMapping, RowField } from "./mapping.ts";
import { readText } from "./read-value.ts";

const MAX_KEY = 180;
const BY_TRANSACTION: RowField[] = ["tx_hash", "log_index", "token_id", "kind"];
const BY_CONTENT: RowField[] = ["occurred_at", "block", "log_index", "token_id", "from", "to", "kind"];

/**
 * Two independent 32-bit hashes of a text (cyrb53 by bryc, public domain, both halves kept). Not for secrets:
 * where two texts share it, one of them only gets a number that it would not have needed.
 */
function hashText(text: string, seed = 0): [number, number] {
  let left = 0xdeadbeef ^ seed;
  let right = 0x41c6ce57 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    left = Math.imul(left ^ code, 2_654_435_761);
    right = Math.imul(right ^ code, 1_597_334_677);
  }
  left = Math.imul(left ^ (left >>> 16), 2_246_822_507) ^ Math.imul(right ^ (right >>> 13), 3_266_489_909);
  right = Math.imul(right ^ (right >>> 16), 2_246_822_507) ^ Math.imul(left ^ (left >>> 13), 3_266_489_909);
  return [left >>> 0, right >>> 0];
}

function shorten(key: string): string {
  if (key.length <= MAX_KEY) return key;
  const words = [...hashText(key), ...hashText(key, 1)];
  return `${cutText(key, 100)}~${words.map((word) => word.toString(16).padStart(8, "0")).join("")}`;
}

/** A row's own key, and whether rows that share it are told apart by their order. */
export interface RowKey {
  text: string;
  counted: boolean;
}

/**
 * The key of a row from the text of its cells, so that even a row which cannot be read keeps its place in
 * the count. A mapped `event_key` is taken at its word: rows that repeat it are the same event.
 */
export function rowKey(values: Record<string, string>, mapping: ReplayMapping): RowKey {
  const cell = (column: string | undefined) => {
    const text = column === undefined ? null : readText(values[column]);
    return text !== null && /^0x[0-9a-f]+$/i.test(text) ? text.toLowerCase() : (text ?? "");
  };
  const own = cell(mapping.columns.event_key);
  if (own !== "") return { text: shorten(own), counted: false };
  if (mapping.key !== undefined)
    return { text: shorten(`key:${mapping.key.map(cell).join(":")}`), counted: true };
  const byTransaction = cell(mapping.columns.tx_hash) !== "";
  const fields = (byTransaction ? BY_TRANSACTION : BY_CONTENT).filter((field) => mapping.columns[field]);
  const parts = fields.map((field) => cell(mapping.columns[field]));
  return { text: shorten(`${byTransaction ? "tx" : "row"}:${parts.join(":")}`), counted: true };
}

/** Counts keys in twelve bytes each, so that the longest history fits beside the program. */
export class KeyCounter {
  private size = 1 << 12;
  private used = 0;
  private hashes = new Uint32Array(this.size * 2);
  private counts = new Uint32Array(this.size);

  /** How often the key was counted, this time included. */
  count(key: string): number {
    if (this.used * 5 > this.size * 3) this.grow();
    const [left, right] = hashText(key);
    const slot = this.slotOf(left, right);
    const before = this.counts[slot] ?? 0;
    if (before === 0) {
      this.used += 1;
      this.hashes[slot * 2] = left;
      this.hashes[slot * 2 + 1] = right;
    }
    this.counts[slot] = before + 1;
    return before + 1;
  }

  private slotOf(left: number, right: number): number {
    let slot = left & (this.size - 1);
    while (
      this.counts[slot] !== 0 &&
      !(this.hashes[slot * 2] === left && this.hashes[slot * 2 + 1] === right)
    )
      slot = (slot + 1) & (this.size - 1);
    return slot;
  }

  private grow(): void {
    const { size, hashes, counts } = this;
    this.size = size * 2;
    this.hashes = new Uint32Array(this.size * 2);
    this.counts = new Uint32Array(this.size);
    for (let old = 0; old < size; old += 1) {
      if (counts[old] === 0) continue;
      const [left = 0, right = 0] = hashes.subarray(old * 2, old * 2 + 2);
      const slot = this.slotOf(left, right);
      this.hashes[slot * 2] = left;
      this.hashes[slot * 2 + 1] = right;
      this.counts[slot] = counts[old] ?? 0;
    }
  }
}
