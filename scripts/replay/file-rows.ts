import type { RowSource } from "../../shared/providers/replay/provider.ts";

/** A history in a file. */
export interface FileRows extends RowSource {
  /** The names of its columns. */
  columns(): Promise<string[]>;
  /** The name that stands in the file, of a column that is called otherwise here since it comes again. */
  headerOf(column: string): string;
  /** Its size in bytes. */
  size: number;
}
