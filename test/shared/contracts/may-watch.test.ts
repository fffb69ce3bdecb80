import { expect, test } from "vitest";
import { mayWatchAt } from "../../../shared/contracts/accounts.ts";

test("sockets of the market are for all where it is public, those of a user or of the platform never", () => {
  const may = (kind: "collection" | "relay" | "user" | "board", market_is_public: boolean) =>
    mayWatchAt({ kind, name: "x" }, [], market_is_public);
  expect([may("collection", true), may("relay", true)]).toEqual([true, true]);
  expect([may("collection", false), may("user", true), may("board", true)]).toEqual([false, false, false]);
});
