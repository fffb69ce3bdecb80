import { REQUEST_BUCKETS_S, type RequestCount } from "../contracts/room.ts";

/** What a request is counted by. */
export type RequestLabels = Pick<RequestCount, "method" | "route" | "status">;

export const requestKey = ({ method, route, status }: RequestLabels) => `${method} ${route} ${status}`;

/** Index of the bucket that a duration lies in; its bound belongs to it. */
export function bucketOf(seconds: number): number {
  const found = REQUEST_BUCKETS_S.findIndex((bound) => seconds <= bound);
  return found < 0 ? REQUEST_BUCKETS_S.length : found;
}

export const noBuckets = (): number[] => Array.from({ length: REQUEST_BUCKETS_S.length + 1 }, () => 0);

/** Both, bucket by bucket. */
export const addBuckets = (some: readonly number[], more: readonly number[]): number[] =>
  some.map((count, bucket) => count + (more[bucket] ?? 0));

/** Adds to what is counted under the same labels. */
export function addCount(counts: Map<string, RequestCount>, more: RequestCount): void {
  const key = requestKey(more);
  const known = counts.get(key);
  counts.set(
    key,
    known === undefined
      ? more
      : {
          ...known,
          count: known.count + more.count,
          sum_s: known.sum_s + more.sum_s,
          buckets: addBuckets(known.buckets, more.buckets),
        },
  );
}
