import type { StoredJson } from "./stored-json.ts";

/** What is needed of the key-value part of an object's storage. */
export interface Kv {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): unknown;
}

/** One value in the key-value part of an object's storage, with its version. */
export class KvCell<T> {
  private readonly kv: Kv;
  private readonly key: string;
  private readonly stored: StoredJson<T>;

  constructor(kv: Kv, key: string, stored: StoredJson<T>) {
    this.kv = kv;
    this.key = key;
    this.stored = stored;
  }

  /** `null` where nothing is kept. Throws `StorageTooNew`, and `ZodError` where it is no such value. */
  get(): T | null {
    const given = this.kv.get(this.key);
    return given === undefined ? null : this.stored.unpack(given);
  }

  put(value: T): void {
    this.kv.put(this.key, this.stored.pack(value));
  }

  delete(): void {
    this.kv.delete(this.key);
  }
}
