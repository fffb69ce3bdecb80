import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { type Info, parse } from "csv-parse";
import type { SourceRow } from "../../shared/providers/replay/provider.ts";
import type { FileRows } from "./file-rows.ts";

/** A row longer than this means a quote that was opened and never closed. */
const LONGEST_ROW = 1_048_576;
const DELIMITERS = [",", ";", "\t", "|"];

/** The sign that parts the header's names: the one that occurs in it most often. */
function findDelimiter(header: string): string {
  const counts = DELIMITERS.map((sign) => header.split(sign).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ",";
}

/** Names of columns; a name that comes again is told apart by a number that no other has, an absent one by its place. */
function nameColumns(header: string[]): string[] {
  const plain = header.map((cell, index) => cell.trim() || `column_${index + 1}`);
  const taken = new Set(plain);
  return plain.map((name, index) => {
    if (plain.indexOf(name) === index) return name;
    let count = 2;
    while (taken.has(`${name}_${count}`)) count += 1;
    taken.add(`${name}_${count}`);
    return `${name}_${count}`;
  });
}

async function readStart(path: string): Promise<{ header: string; size: number }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const text = buffer.subarray(0, bytesRead).toString("utf8");
    return { header: text.split(/\r?\n|\r/, 1)[0] ?? "", size };
  } finally {
    await file.close();
  }
}

/**
 * A CSV file (comma, semicolon, tab or bar; quotes by RFC 4180; UTF-8) as rows, read piece by piece.
 * A row with too few or too many cells is told as a problem; a quote that is never closed ends the reading.
 */
export async function openCsv(path: string): Promise<FileRows> {
  const { header, size } = await readStart(path);
  const delimiter = findDelimiter(header);

  async function* records(): AsyncGenerator<{ cells: string[]; info: Info }> {
    const input = createReadStream(path);
    const parser = input.pipe(
      parse({
        bom: true,
        delimiter,
        info: true,
        max_record_size: LONGEST_ROW,
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
      }),
    );
    input.on("error", (error) => parser.destroy(error));
    try {
      for await (const { record, info } of parser) yield { cells: record, info };
    } finally {
      input.destroy();
    }
  }

  const headers = new Map<string, string>();
  return {
    size,
    headerOf: (column) => headers.get(column) ?? column,
    async columns() {
      for await (const { cells } of records()) {
        const names = nameColumns(cells);
        for (const [index, name] of names.entries()) headers.set(name, cells[index]?.trim() || name);
        return names;
      }
      return [];
    },
    async *rows(): AsyncGenerator<SourceRow> {
      let names: string[] | null = null;
      for await (const { cells, info } of records()) {
        const place = { line: info.lines, bytes: info.bytes };
        if (names === null) names = nameColumns(cells);
        else if (cells.length === names.length)
          yield {
            ...place,
            values: Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""])),
          };
        else yield { ...place, problem: `has ${cells.length} cells where the header has ${names.length}` };
      }
    },
  };
}
