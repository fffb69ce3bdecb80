import { expect, it } from "vitest";
import { unitOf } from "../../../shared/domain/unit.ts";

it.each([
  ["WETH", "ETH"],
  ["weth", "ETH"],
  ["ETH", "ETH"],
  ["WBNB", "BNB"],
  [" wpol ", "POL"],
])("counts %j as %s", (currency, unit) => {
  expect(unitOf(currency)).toBe(unit);
});

it.each(["USDC", "WBTC", "STETH", "WORLD"])(
  "leaves %s as it is: it is not redeemed one for one",
  (currency) => {
    expect(unitOf(currency)).toBe(currency);
  },
);
