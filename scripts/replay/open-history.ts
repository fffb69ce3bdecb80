import { guessColumns, guessKind, isSameName } from "../../shared/providers/replay/guess-columns.ts";
import { ReplayMapping, RowField } from "../../shared/providers/replay/mapping.ts";
import { createReplayProvider, type ReplayProvider } from "../../shared/providers/replay/provider.ts";
import { openCsv } from "./csv-rows.ts";
import type { FileRows } from "./file-rows.ts";
import { openNdjson } from "./ndjson-rows.ts";
import type { ReplayOptions } from "./options.ts";
import { ReplayError } from "./replay-error.ts";

export interface History {
  provider: ReplayProvider;
  mapping: ReplayMapping;
  size: number;
}

async function openFile({ file, format }: ReplayOptions): Promise<FileRows> {
  const ndjson = format === undefined ? /\.(?:ndjson|jsonl)$/i.test(file) : format === "ndjson";
  try {
    return await (ndjson ? openNdjson(file) : openCsv(file));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ReplayError(`${file} cannot be opened: ${reason}`, { cause: error });
  }
}

/** A name that stands twice in the header could mean either column: whoever runs it says which. */
function refuseTwins(
  { file, map }: ReplayOptions,
  columns: string[],
  guessed: ReplayMapping["columns"],
  headerOf: FileRows["headerOf"],
): void {
  for (const field of RowField.options) {
    const column = guessed[field];
    if (column === undefined || map.some((flag) => flag.field === field)) continue;
    const twins = columns.filter((other) => isSameName(headerOf(other), headerOf(column)));
    if (twins.length === 1) continue;
    const places = twins.map((twin) => columns.indexOf(twin) + 1).join(" and ");
    throw new ReplayError(
      `The header of ${file} has "${headerOf(column)}" in columns ${places}: column ${columns.indexOf(column) + 1} would be ` +
        `taken as ${field}. Say which by ${twins.map((twin) => `--map ${JSON.stringify(`${field}=${twin}`)}`).join(" or ")}, or rename one.`,
    );
  }
}

function chooseMapping(
  options: ReplayOptions,
  columns: string[],
  headerOf: FileRows["headerOf"],
): ReplayMapping {
  const chosen = guessColumns(columns);
  refuseTwins(options, columns, chosen, headerOf);
  for (const { field, column } of options.map) {
    if (column === "") delete chosen[field];
    else chosen[field] = column;
  }
  const named = [...Object.values(chosen), ...(options.key ?? [])];
  const absent = named.filter((column) => !columns.includes(column));
  if (absent.length > 0)
    throw new ReplayError(
      `${options.file} has no column ${absent.join(", ")}; it has ${columns.join(", ")}.`,
    );
  if (chosen.occurred_at === undefined)
    throw new ReplayError(
      `No column of ${options.file} is known to hold the time. It has ${columns.join(", ") || "none at all"}: ` +
        "name the one by --map occurred_at=COLUMN.",
    );
  return ReplayMapping.parse({
    collection: options.collection,
    columns: chosen,
    key: options.key,
    kind: options.kind ?? guessKind(columns, chosen),
    kind_without_price: options["kind-without-price"],
    currency: options.currency,
    decimals: options.decimals,
    price_basis: options["price-basis"],
    marketplace: options.marketplace,
  });
}

/** A file as a provider, its columns mapped by flags and by their names. Throws a `ReplayError`. */
export async function openHistory(options: ReplayOptions, now: () => number): Promise<History> {
  const source = await openFile(options);
  const columns = await source.columns().catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ReplayError(`${options.file} cannot be read: ${reason}`, { cause: error });
  });
  const mapping = chooseMapping(options, columns, source.headerOf);
  const { from, to } = options;
  const batch = Math.min(options.batch, options.limit ?? options.batch);
  return {
    provider: createReplayProvider({ source, mapping, now, batch, from, to }),
    mapping,
    size: source.size,
  };
}

/** How the columns were understood, for whoever runs it to see. */
export function describeMapping({ columns, ...rest }: ReplayMapping): string {
  const lines = RowField.options
    .filter((field) => columns[field] !== undefined)
    .map((field) => `  ${field.padEnd(14)} ${columns[field]}`);
  if (columns.price === undefined && columns.price_wei === undefined)
    lines.push("  price          no column: every price will be unknown (--map price=COLUMN)");
  const without = rest.kind_without_price === null ? "" : `, ${rest.kind_without_price} without a price`;
  lines.push(
    `  each row is a ${rest.kind}${without}${columns.kind ? " unless its kind says otherwise" : ""}`,
  );
  return lines.join("\n");
}
