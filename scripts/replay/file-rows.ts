import type { RowSource } from "../../shared/providers/replay/provider.ts";

/** A history in a file. */
export interface FileRows extends RowSource {
  /** The names of its columns. */
  columns(): Promise<string[]>;
  /** Its size in bytes. */
  size: number;
}
