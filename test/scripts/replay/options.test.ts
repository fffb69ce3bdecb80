import { describe, expect, it } from "vitest";
import { readOptions } from "../../../scripts/replay/options.ts";

describe("the flags of a replay", () => {
  it("have defaults for everything but the file and the collection", () => {
    expect(readOptions(["sales.csv", "--collection", "punks"])).toMatchObject({
      file: "sales.csv",
      collection: "punks",
      speed: null,
      "kind-without-price": null,
      currency: "ETH",
      decimals: 18,
      batch: 500,
      map: [],
      "dry-run": false,
    });
  });

  it("are read into what they mean", () => {
    const args =
      "f.csv --collection c --speed 60 --from 2021-03-11 --map price=cost --map to= --key a,b --currency weth";
    expect(readOptions([...args.split(" "), "--kind-without-price", "transfer"])).toMatchObject({
      speed: 60,
      from: "2021-03-11T00:00:00.000Z",
      map: [
        { field: "price", column: "cost" },
        { field: "to", column: "" },
      ],
      key: ["a", "b"],
      currency: "WETH",
      "kind-without-price": "transfer",
    });
  });

  it("ask for help", () => {
    expect(readOptions(["--help"])).toBe("help");
    expect(readOptions(["-h"])).toBe("help");
  });

  it("are refused together, each with what is wrong", () => {
    const args = "--speed fast --map cost=price --batch 5000 --from soon --url ftp://x --kind rent";
    expect(() => readOptions(args.split(" "))).toThrow(
      /names 0 files[\s\S]*--collection SLUG is missing[\s\S]*--speed must be a number[\s\S]*--from must be a day[\s\S]*--url must be an http[\s\S]*--map "cost=price"[\s\S]*--kind [\s\S]*--batch/,
    );
  });

  it("are refused when unknown", () => {
    expect(() => readOptions(["f.csv", "--colection", "punks"])).toThrow("--colection");
  });
});
