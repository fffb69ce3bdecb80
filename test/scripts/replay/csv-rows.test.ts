import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCsv } from "../../../scripts/replay/csv-rows.ts";
import type { SourceRow } from "../../../shared/providers/replay/provider.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-csv-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string): Promise<{ columns: string[]; rows: SourceRow[] }> {
  const path = join(folder, "file.csv");
  await writeFile(path, text);
  const file = await openCsv(path);
  const rows: SourceRow[] = [];
  for await (const row of file.rows()) rows.push(row);
  return { columns: await file.columns(), rows };
}

const valuesOf = (row: SourceRow | undefined) => (row !== undefined && "values" in row ? row.values : row);

describe("a CSV file", () => {
  it.each([",", ";", "\t", "|"])("may part its cells by %j", async (sign) => {
    const { columns, rows } = await read(`day${sign}token_id\n2021-01-01${sign}7\n`);
    expect(columns).toEqual(["day", "token_id"]);
    expect(rows.map(valuesOf)).toEqual([{ day: "2021-01-01", token_id: "7" }]);
  });

  it("may begin with a byte order mark, end lines in any way and leave some empty", async () => {
    const { columns, rows } = await read("\uFEFFday,token_id\r\n2021-01-01,7\r\n\r\n2021-01-02,8");
    expect(columns).toEqual(["day", "token_id"]);
    expect(rows).toMatchObject([{ line: 2 }, { line: 4, values: { day: "2021-01-02", token_id: "8" } }]);
  });

  it("may quote cells with separators, line ends and quotes in them", async () => {
    const { rows } = await read('day,name\n2021-01-01,"a, ""b""\nc"\n2021-01-02,6" tall\n');
    expect(rows.map(valuesOf)).toEqual([
      { day: "2021-01-01", name: 'a, "b"\nc' },
      { day: "2021-01-02", name: '6" tall' },
    ]);
    expect(rows[1]?.line).toBe(4);
  });

  it("tells of rows that have too few or too many cells, and goes on", async () => {
    const { rows } = await read("a,b\n1\n1,2,3\n1,2\n");
    expect(rows).toMatchObject([
      { line: 2, problem: "has 1 cells where the header has 2" },
      { line: 3, problem: "has 3 cells where the header has 2" },
      { line: 4, values: { a: "1", b: "2" } },
    ]);
  });

  it("numbers a column name that comes twice", async () => {
    expect((await read("price,price,\n1,2,3\n")).columns).toEqual(["price", "price_2", "column_3"]);
  });

  it("may be empty", async () => {
    expect(await read("")).toEqual({ columns: [], rows: [] });
  });
});
