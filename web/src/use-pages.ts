import { useRef, useState } from "react";
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
  /** As of `Remote`. */
  asked_at: number;
  reload(): void;
  /** Reads what comes after; `null`: there is nothing more. */
  more: (() => Promise<void>) | null;
  /** Whether all of it was read. */
  complete: boolean;
  /** Of the last try to read more. */
  moreError: unknown;
}

/** A list that was read on to page 40 is not read again as far as that with every change. */
const MOST_AGAIN = 10;

/**
 * A list that is read page by page. Reading it again renews the pages that were read after the first one too:
 * otherwise what is over by now would stay on show there.
 */
export function usePages<Item extends { id: string }>(
  address: string,
  schema: z.ZodType<Page<Item>>,
): Pages<Item> {
  /** Pages read one by one since; `number` counts from 1. */
  const [read, setRead] = useState<{ address: string; pages: (Page<Item> & { number: number })[] }>();
  const [failed, setFailed] = useState<{ address: string; error: unknown }>();
  const reached = useRef({ address, number: 1 });
  const again = async (signal: AbortSignal) => {
    const last = reached.current.address === address ? Math.min(reached.current.number, MOST_AGAIN) : 1;
    const { data, next_cursor } = await readJson(address, schema, signal);
    const list = { data, next_cursor, pages: 1 };
    while (list.next_cursor !== null && list.pages < last) {
      const page = await readJson(addressAfter(address, list.next_cursor), schema, signal);
      list.data = [...list.data, ...page.data];
      list.next_cursor = page.next_cursor;
      list.pages += 1;
    }
    return list;
  };
  const { data: list, error, pending, asked_at, reload } = useRemote(address, again, { keep: true });
  const later =
    list === null || list.next_cursor === null || read?.address !== address
      ? []
      : read.pages.filter(({ number }) => number > list.pages);
  const cursor = (later.at(-1) ?? list)?.next_cursor ?? null;
  const more = async (from: string) => {
    const number = (later.at(-1)?.number ?? list?.pages ?? 1) + 1;
    try {
      const page = await readJson(addressAfter(address, from), schema);
      reached.current = { address, number };
      setRead({ address, pages: [...later, { ...page, number }] });
      setFailed(undefined);
    } catch (error) {
      setFailed({ address, error });
    }
  };
  // What moved down while the pages before were read again is in two of them.
  const items = new Map([list, ...later].flatMap((page) => page?.data ?? []).map((item) => [item.id, item]));
  return {
    items: list === null ? null : [...items.values()],
    error,
    asked_at,
    reload,
    complete: list !== null && cursor === null,
    more: cursor === null || pending ? null : () => more(cursor),
    moreError: failed?.address === address ? failed.error : null,
  };
}

function addressAfter(address: string, cursor: string): string {
  return `${address}${address.includes("?") ? "&" : "?"}${new URLSearchParams({ cursor })}`;
}
