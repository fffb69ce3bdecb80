/** The live address of one collection, or of many, on the server that `page` came from. */
export function liveAddress(page: string, collection?: string): string {
  const path = collection ? `/api/v1/collections/${encodeURIComponent(collection)}/live` : "/api/v1/live";
  const address = new URL(path, page);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return address.href;
}
