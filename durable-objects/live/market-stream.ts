import type { Stream } from "./channel.ts";

/** The stream of a collection's events. */
export function marketStream(collection: string): Stream {
  return {
    name: collection,
    label: { collection },
    readFrom: (reason, from) => {
      const after = reason === "log_pruned" ? `?epoch=${from.epoch}&after_seq=${from.seq}` : "";
      return `/api/v1/collections/${collection}/events${after}`;
    },
  };
}
