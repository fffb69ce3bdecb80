import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../shared/db/client.ts";
import { readRows } from "../../shared/db/rows.ts";
import { type Seal, sealedPrefix } from "../../shared/platform/seal.ts";
import { SEALED_COLUMNS, type SealedColumn } from "./sealed-columns.ts";

/** Rows that are read, and then written by one statement, at once. */
const CHUNK = 100;
/** A row that somebody holds is left for the next pass. */
const PASSES = 5;

interface ResealDeps {
  db: Db;
  /** Seals by the current key and opens by both. */
  seal: Seal;
  /** The key that is to be needed no more, base64url. */
  old_key: string;
  /** Between two passes. */
  wait(): Promise<void>;
  chunk?: number;
}

export interface Resealed {
  what: string;
  resealed: number;
  /** Keys of rows that the old key does not open: damaged, or of another purpose. They are as they were. */
  unopenable: string[];
  /** Still under the old key at the end, those that cannot be opened among them. */
  left: number;
}

const Row = z.object({ first: z.string(), second: z.string(), sealed: z.string() });
type Row = z.infer<typeof Row>;
const Key = z.object({ first: z.string() });
const Count = z.tuple([z.object({ n: z.coerce.number() })]);

/** The SQL of a column: its own name, and its key in two expressions. */
function partsOf({ table, key, column }: SealedColumn) {
  const [first, second] = key;
  return {
    table: sql.raw(`"${table}"`),
    column: sql.raw(`t."${column}"`),
    target: sql.raw(`"${column}"`),
    first: sql.raw(`t."${first}"`),
    second: sql.raw(second === undefined ? "''::text" : `t."${second}"`),
  };
}

async function readChunk(db: Db, of: SealedColumn, prefix: string, after: Row | undefined, limit: number) {
  const { table, column, first, second } = partsOf(of);
  const beyond =
    after === undefined ? sql`true` : sql`(${first}, ${second}) > (${after.first}, ${after.second})`;
  return readRows(
    db,
    sql`select ${first} as first, ${second} as second, ${column} as sealed from ${table} t
        where starts_with(${column}, ${prefix}) and ${beyond} order by 1, 2 limit ${limit}`,
    Row,
  );
}

/**
 * Writes what was sealed anew where the row is still what was read. A row that a transaction holds is passed by: to
 * wait for one while holding others could block both.
 */
async function writeChunk(db: Db, of: SealedColumn, rows: (Row & { anew: string })[]): Promise<number> {
  if (rows.length === 0) return 0;
  const { table, column, target, first, second } = partsOf(of);
  const written = await readRows(
    db,
    sql`with given as (
          select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
            as g(first text, second text, sealed text, anew text)
        ), held as (
          select g.* from ${table} t join given g on ${first} = g.first and ${second} = g.second
          where ${column} = g.sealed order by g.first, g.second for update of t skip locked
        )
        update ${table} t set ${target} = held.anew from held
        where ${first} = held.first and ${second} = held.second returning ${first} as first`,
    Key,
  );
  return written.length;
}

async function resealColumn(deps: ResealDeps, of: SealedColumn, prefix: string, found: Resealed) {
  const limit = deps.chunk ?? CHUNK;
  const unopenable = new Set<string>();
  for (let after: Row | undefined; ; ) {
    const rows = await readChunk(deps.db, of, prefix, after, limit);
    const anew: (Row & { anew: string })[] = [];
    for (const row of rows) {
      const purpose = of.purpose(row.first, row.second);
      const text = await deps.seal.open(purpose, row.sealed).catch(() => null);
      if (text === null) unopenable.add([row.first, row.second].filter((part) => part !== "").join(" "));
      else anew.push({ ...row, anew: await deps.seal.seal(purpose, text) });
    }
    found.resealed += await writeChunk(deps.db, of, anew);
    after = rows.at(-1);
    if (after === undefined || rows.length < limit) break;
  }
  found.unopenable = [...unopenable];
}

async function countLeft(db: Db, of: SealedColumn, prefix: string): Promise<number> {
  const { table, column } = partsOf(of);
  const statement = sql`select count(*) as n from ${table} t where starts_with(${column}, ${prefix})`;
  const [{ n }] = Count.parse(await readRows(db, statement, z.unknown()));
  return n;
}

/**
 * Seals by the current master key whatever the old one has sealed, a hundred rows at a time. What is done is done: it may
 * be broken off and run again, while the deployment runs and rows change. What somebody has changed meanwhile stays theirs.
 */
export async function reseal(deps: ResealDeps): Promise<Resealed[]> {
  const prefix = await sealedPrefix(deps.old_key);
  const found = SEALED_COLUMNS.map((of) => ({
    of,
    so_far: { what: of.what, resealed: 0, unopenable: [], left: 0 } as Resealed,
  }));
  for (let pass = 1; pass <= PASSES; pass++) {
    for (const { of, so_far } of found) {
      await resealColumn(deps, of, prefix, so_far);
      so_far.left = await countLeft(deps.db, of, prefix);
    }
    if (found.every(({ so_far }) => so_far.left <= so_far.unopenable.length)) break;
    await deps.wait();
  }
  return found.map(({ so_far }) => so_far);
}
