import { z } from "zod";
import { StorageTooNew } from "./migrate.ts";

/** Makes of what one version wrote what the next would have written. */
export type Upgrade = (old: unknown) => unknown;

function upgraded(value: unknown, from: number, upgrades: readonly Upgrade[]): unknown {
  const newest = upgrades.length + 1;
  if (from > newest) throw new StorageTooNew(from, newest);
  return upgrades.slice(from - 1).reduce((old, upgrade) => upgrade(old), value);
}

/**
 * The shape of JSON texts that an object keeps by the thousand: their version stands in a column beside them, and is the
 * first for texts from before there was one.
 */
export class BodyFormat {
  readonly version: number;
  private readonly upgrades: readonly Upgrade[];

  /** @param upgrades only ever appended to */
  constructor(upgrades: readonly Upgrade[] = []) {
    this.upgrades = upgrades;
    this.version = upgrades.length + 1;
  }

  /** The text as today's code would have written it. Throws `StorageTooNew`. */
  read(body: string, version: number): string {
    return version === this.version
      ? body
      : JSON.stringify(upgraded(JSON.parse(body), version, this.upgrades));
  }
}

const Envelope = z.strictObject({ v: z.int().positive(), value: z.unknown() });

/** A single value that an object keeps, with its version. */
export class StoredJson<T> {
  private readonly schema: z.ZodType<T>;
  private readonly upgrades: readonly Upgrade[];

  /** @param upgrades only ever appended to */
  constructor(schema: z.ZodType<T>, upgrades: readonly Upgrade[] = []) {
    this.schema = schema;
    this.upgrades = upgrades;
  }

  /** What is stored for a value. */
  pack(value: T): { v: number; value: T } {
    return { v: this.upgrades.length + 1, value };
  }

  /** The value of what was stored, by this code or by older. Throws `StorageTooNew`, and `ZodError` where it is no such value. */
  unpack(stored: unknown): T {
    const envelope = Envelope.safeParse(stored);
    // What was stored before there were versions has none.
    const { v, value } = envelope.success ? envelope.data : { v: 1, value: stored };
    return this.schema.parse(upgraded(value, v, this.upgrades));
  }

  write(value: T): string {
    return JSON.stringify(this.pack(value));
  }

  read(text: string): T {
    return this.unpack(JSON.parse(text));
  }
}
