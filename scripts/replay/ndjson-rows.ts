import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createInterface } from "node:readline";
import type { SourceRow } from "../../shared/providers/replay/provider.ts";
import type { FileRows } from "./file-rows.ts";

/** Fields that not every line has are found among the first so many. */
const LOOKED_AT = 50;

/** Numbers keep the digits they were written with: a token id may be longer than a float is exact. */
function keepDigits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

/** A JSON object as cells: nested fields get dotted names, lists stay JSON. */
function flatten(
  value: object,
  prefix = "",
  into: Record<string, string> = Object.create(null),
): Record<string, string> {
  for (const [name, field] of Object.entries(value)) {
    if (field === null || field === undefined) continue;
    if (typeof field === "object" && !Array.isArray(field)) flatten(field, `${prefix}${name}.`, into);
    else into[prefix + name] = typeof field === "object" ? JSON.stringify(field) : String(field);
  }
  return into;
}

function readLine(text: string): { values: Record<string, string> } | { problem: string } {
  try {
    const value: unknown = JSON.parse(text, keepDigits);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { values: flatten(value) };
    return { problem: "is not a JSON object: NDJSON has one object a line" };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: `is not JSON: ${error.message}` };
  }
}

/** An NDJSON file (one JSON object a line) as rows, read piece by piece. */
export async function openNdjson(path: string): Promise<FileRows> {
  const { size } = await stat(path);

  async function* rows(): AsyncGenerator<SourceRow> {
    const input = createReadStream(path, { encoding: "utf8" });
    const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
    // readline does not hand on what goes wrong beneath it.
    let failure: Error | null = null;
    input.on("error", (error) => {
      failure = error;
      lines.close();
    });
    let line = 0;
    let bytes = 0;
    try {
      for await (const text of lines) {
        line += 1;
        bytes += Buffer.byteLength(text) + 1;
        const content = line === 1 ? text.replace(/^\uFEFF/, "") : text;
        if (content.trim() !== "") yield { line, bytes: Math.min(bytes, size), ...readLine(content) };
      }
      if (failure !== null) throw failure;
    } finally {
      lines.close();
      input.destroy();
    }
  }

  return {
    size,
    rows,
    headerOf: (column) => column,
    async columns() {
      const names = new Set<string>();
      let seen = 0;
      for await (const row of rows()) {
        if ("values" in row) for (const name of Object.keys(row.values)) names.add(name);
        seen += 1;
        if (seen === LOOKED_AT) break;
      }
      return [...names];
    },
  };
}
