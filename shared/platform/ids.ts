import { v7 } from "uuid";

/** Prefixes of public ids; the body is a UUIDv7, so ids sort by the time they were made. */
export type IdPrefix =
  | "act"
  | "alg"
  | "alr"
  | "aud"
  | "col"
  | "con"
  | "dev"
  | "dlv"
  | "ep"
  | "grp"
  | "key"
  | "mal"
  | "msg"
  | "mse"
  | "ntf"
  | "psb"
  | "rul"
  | "ses"
  | "sil"
  | "tsk"
  | "usr"
  | "whk";

/** The first id of a moment (ms since 1970): ids begin with their time, so that the key of a table finds what is old. */
export const firstIdOf = (prefix: IdPrefix, at: number): string =>
  `${prefix}_${Math.max(0, at).toString(16).padStart(12, "0").padEnd(32, "0")}`;

/** A new id such as `col_0198c7e2b6a47d3f9c1e5a7b8d2f4e60`. */
export function newId(prefix: IdPrefix, now: number): string {
  return `${prefix}_${v7({ msecs: now }).replaceAll("-", "")}`;
}
