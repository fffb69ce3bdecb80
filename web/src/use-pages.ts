import { useState } from "react";
import type { z } from "zod";
import { readJson } from "./api/read-json.ts";
import { useRemote } from "./use-remote.ts";

interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

export interface Pages<Item> {
  /** `null`: nothing was read yet. */
  items: Item[] | null;
  error: unknown;
  reload(): void;
  /** Reads what comes after; `null`: there is nothing more. */
  more: (() => Promise<void>) | null;
  /** Whether all of it was read. */
  complete: boolean;
  /** Of the last try to read more. */
  moreError: unknown;
}

/** A list that is read page by page. Reading it again renews its first page; what was read after that stays. */
export function usePages<Item extends { id: string }>(
  address: string,
  schema: z.ZodType<Page<Item>>,
): Pages<Item> {
  const first = useRemote(address, (signal) => readJson(address, schema, signal), { keep: true });
  const [read, setRead] = useState<{ address: string; pages: Page<Item>[]; error: unknown }>();
  const later = read?.address === address ? read : null;
  const pages = first.data === null ? [] : [first.data, ...(later?.pages ?? [])];
  const cursor = pages.at(-1)?.next_cursor ?? null;
  const more = async () => {
    const loaded = later?.pages ?? [];
    try {
      const separator = address.includes("?") ? "&" : "?";
      const query = new URLSearchParams({ cursor: cursor ?? "" });
      const page = await readJson(`${address}${separator}${query}`, schema);
      setRead({ address, pages: [...loaded, page], error: null });
    } catch (error) {
      setRead({ address, pages: loaded, error });
    }
  };
  // What moved down while the first page was read again is in two of them.
  const items = new Map(pages.flatMap(({ data }) => data).map((item) => [item.id, item]));
  return {
    items: first.data === null ? null : [...items.values()],
    error: first.error,
    reload: first.reload,
    complete: first.data !== null && cursor === null,
    more: cursor === null || first.pending ? null : more,
    moreError: later?.error ?? null,
  };
}
