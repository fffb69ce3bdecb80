import { z } from "zod";
import { Floor, FloorChange } from "../../shared/contracts/market.ts";
import { StoredJson } from "../storage/stored-json.ts";
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

/** How each is kept. */
const KEPT: { [Name in keyof Facts]: StoredJson<Facts[Name]> } = {
  slug: new StoredJson(z.string()),
  unit: new StoredJson(z.string().nullable()),
  simulated: new StoredJson(z.boolean()),
  floor: new StoredJson(Floor.nullable()),
  floor_at: new StoredJson(z.number().nullable()),
  floor_change: new StoredJson(FloorChange.nullable()),
  notice: new StoredJson(Notice.nullable()),
};

/** Facts are written when they change and read once, when the object wakes. */
export class FactStore {
  private readonly sql: Sql;
  private values: Facts;

  constructor(sql: Sql, slug: string) {
    this.sql = sql;
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

  private store<Name extends keyof Facts>(name: Name, value: Facts[Name]): void {
    this.sql.all("insert or replace into facts (name, value) values (?, ?)", name, KEPT[name].write(value));
  }

  private read(slug: string): Facts {
    const rows = this.sql.all<{ name: string; value: string }>("select name, value from facts");
    const stored = new Map(rows.map(({ name, value }) => [name, value]));
    const read = <Name extends keyof Facts>(name: Name, none: Facts[Name]): Facts[Name] => {
      const text = stored.get(name);
      return text === undefined ? none : KEPT[name].read(text);
    };
    return {
      slug: read("slug", slug),
      unit: read("unit", null),
      simulated: read("simulated", false),
      floor: read("floor", null),
      floor_at: read("floor_at", null),
      floor_change: read("floor_change", null),
      notice: read("notice", null),
    };
  }
}
