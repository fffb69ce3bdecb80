import { sha256Hex } from "../platform/bytes.ts";

/** Label values by their names, in the order of the names. */
export type Labels = Record<string, string>;

/** The same labels in the one order in which they are kept and compared. */
export function canonicalLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Tells series apart within one owner's; labels in any order. */
export function seriesKey(name: string, labels: Labels): string {
  return JSON.stringify([name, canonicalLabels(labels)]);
}

/** What a series is unique by: hex SHA-256 of its owner (`null`: the platform) and its key. */
export function seriesFingerprint(owner: string | null, key: string): Promise<string> {
  return sha256Hex(`${owner ?? ""}\n${key}`);
}
