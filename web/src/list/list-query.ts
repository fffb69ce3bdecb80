import type { ListSort } from "../api/addresses.ts";

export interface ListQuery {
  q: string;
  sort: ListSort;
}

export const SORTS: readonly { name: ListSort; label: string }[] = [
  { name: "volume", label: "24 h volume" },
  { name: "floor", label: "Floor" },
  { name: "change", label: "24 h change" },
  { name: "name", label: "Name" },
];

/** Search and order stand in the address, so that a list can be shared. */
export function readListQuery(address: URL): ListQuery {
  const asked = address.searchParams.get("sort");
  const sort = SORTS.find((each) => each.name === asked)?.name ?? "volume";
  return { q: address.searchParams.get("q") ?? "", sort };
}

export function listAddress({ q, sort }: ListQuery): string {
  const query = new URLSearchParams();
  if (q) query.set("q", q);
  if (sort !== "volume") query.set("sort", sort);
  const text = query.toString();
  return text ? `/?${text}` : "/";
}
