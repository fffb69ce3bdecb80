import { z } from "zod";
import { Floor, FloorChange } from "../../shared/contracts/market.ts";
import type { Sql } from "./sql.ts";

/** The few single values that a room remembers. */
interface Facts {
  /** The collection's slug. */
  slug: string;
  /** The unit that prices are compared in: that of the first priced sale or listing. */
  unit: string | null;
  /** Whether anything in here was invented. */
  simulated: boolean;
  /** The floor as it was last told. */
  floor: Floor | null;
  /** For which instant it was told, in milliseconds: a price may move by itself since. */
  floor_at: number | null;
  /** How it came to be that. */
  floor_change: FloorChange | null;
  /** The last time that the room and Postgres did not fit together, and what was done. */
  notice: Notice | null;
}

const Notice = z.object({ at: z.number(), text: z.string() });
type Notice = z.infer<typeof Notice>;

/** Facts are written when they change and read once, when the object wakes. */
export class FactStore {
  private readonly sql: Sql;
  private values: Facts;

  constructor(sql: Sql, slug: string) {
    this.sql = sql;
    sql.all("create table if not exists facts (name text primary key, value text not null) without rowid");
    this.values = this.read(slug);
    // An object that its own alarm wakes may not know its name.
    if (slug !== "") this.store("slug", slug);
  }

  get<Name extends keyof Facts>(name: Name): Facts[Name] {
    return this.values[name];
  }

  set<Name extends keyof Facts>(name: Name, value: Facts[Name]): void {
    if (this.values[name] === value) return;
    this.values[name] = value;
    this.store(name, value);
  }

  /** Reads again, after a transaction was rolled back. */
  reload(): void {
    this.values = this.read(this.values.slug);
  }

  private store(name: keyof Facts, value: unknown): void {
    this.sql.all("insert or replace into facts (name, value) values (?, ?)", name, JSON.stringify(value));
  }

  private read(slug: string): Facts {
    const stored = new Map(
      this.sql
        .all<{ name: string; value: string }>("select name, value from facts")
        .map((row): [string, unknown] => [row.name, JSON.parse(row.value)]),
    );
    const unit = stored.get("unit");
    const kept = stored.get("slug");
    return {
      slug: typeof kept === "string" ? kept : slug,
      unit: typeof unit === "string" ? unit : null,
      simulated: stored.get("simulated") === true,
      floor: Floor.nullable().parse(stored.get("floor") ?? null),
      floor_at: z
        .number()
        .nullable()
        .parse(stored.get("floor_at") ?? null),
      floor_change: FloorChange.nullable().parse(stored.get("floor_change") ?? null),
      notice: Notice.nullable().parse(stored.get("notice") ?? null),
    };
  }
}
