import { parseArgs } from "node:util";
import { z } from "zod";
import { EventKind } from "../../shared/contracts/market.ts";
import { Currency, Slug } from "../../shared/contracts/primitives.ts";
import { RowField } from "../../shared/providers/replay/mapping.ts";
import { readTime, UnreadableValue } from "../../shared/providers/replay/read-value.ts";
import { ReplayError } from "./replay-error.ts";

const FLAGS = {
  collection: { type: "string" },
  speed: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  format: { type: "string" },
  map: { type: "string", multiple: true },
  key: { type: "string" },
  kind: { type: "string" },
  "kind-without-price": { type: "string" },
  currency: { type: "string" },
  decimals: { type: "string" },
  "price-basis": { type: "string" },
  marketplace: { type: "string" },
  batch: { type: "string" },
  limit: { type: "string" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const Time = z.string().transform((text, check) => {
  try {
    return readTime(text);
  } catch (error) {
    if (!(error instanceof UnreadableValue)) throw error;
    check.addIssue({ code: "custom", message: "must be a day or a time such as 2021-03-11T00:00:00Z" });
    return z.NEVER;
  }
});

/** `price=price_eth` names the column of a field; `price=` leaves the field without one. */
const ColumnFlag = z.string().transform((text, check) => {
  const [, name, column = ""] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  const field = RowField.safeParse(name);
  if (field.success) return { field: field.data, column };
  check.addIssue({
    code: "custom",
    message: `"${text}" is not field=column; fields are ${RowField.options.join(", ")}`,
  });
  return z.NEVER;
});

const whole = (least: number, most: number) =>
  z.coerce.number({ error: "must be a number" }).int().min(least).max(most);

const Options = z.object({
  collection: Slug,
  /** Times real time; `null` is as fast as the server takes it. */
  speed: z.coerce.number({ error: "must be a number, such as 60" }).positive().nullable().default(null),
  from: Time.optional(),
  to: Time.optional(),
  /** Absent: the platform that runs here. */
  url: z.url({ protocol: /^https?$/, error: "must be an http or https address" }).optional(),
  token: z.string().min(1).optional(),
  format: z.enum(["csv", "ndjson"], { error: "must be csv or ndjson" }).optional(),
  map: z.array(ColumnFlag).default([]),
  key: z
    .string()
    .transform((text) => text.split(",").map((column) => column.trim()))
    .pipe(z.array(z.string().min(1)).min(1))
    .optional(),
  kind: EventKind.optional(),
  "kind-without-price": EventKind.nullable().default(null),
  currency: Currency.default("ETH"),
  decimals: whole(0, 36).default(18),
  "price-basis": z.enum(["item", "total"]).default("item"),
  marketplace: z.string().min(1).max(64).nullable().default(null),
  batch: whole(1, 1_000).default(500),
  limit: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  "dry-run": z.boolean().default(false),
});

export type ReplayOptions = z.output<typeof Options> & { file: string };

/** The command line; `"help"` where it asks for help. Throws a `ReplayError` that names every flag that is wrong. */
export function readOptions(args: string[]): ReplayOptions | "help" {
  const { values, positionals } = parseFlags(args);
  if (values.help === true) return "help";
  const parsed = Options.safeParse(values);
  const problems = parsed.success
    ? []
    : parsed.error.issues.map((issue) =>
        issue.path[0] === "collection" && values.collection === undefined
          ? "--collection SLUG is missing: the collection that the history is of"
          : `--${String(issue.path[0])} ${issue.message}`,
      );
  const [file] = positionals;
  if (file === undefined || positionals.length > 1)
    problems.unshift(`names ${positionals.length} files; one is needed`);
  if (!parsed.success || file === undefined || problems.length > 0)
    throw new ReplayError(
      `The command cannot be understood (--help tells more):\n  ${problems.join("\n  ")}`,
    );
  return { ...parsed.data, file };
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ReplayError(`${error.message}\n  --help lists the flags.`, { cause: error });
  }
}
