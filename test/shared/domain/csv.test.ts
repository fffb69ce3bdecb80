import { parse } from "csv-parse/sync";
import { expect, test } from "vitest";
import { csvLine } from "../../../shared/domain/csv.ts";

test("a line is read back as it was written, whatever is in its cells", () => {
  const cells = ["plain", 'a "quoted" word', "a,comma", "two\r\nlines", "ünï", ""];
  expect(parse(csvLine(cells))).toEqual([cells]);
  expect(parse(csvLine([null, 0, -1.5, 1e6]))).toEqual([["", "0", "-1.5", "1000000"]]);
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("https://evil.example")'])(
  "the text %j is not run as a formula",
  (text) => {
    expect(parse(csvLine([text]))).toEqual([[`'${text}`]]);
  },
);
