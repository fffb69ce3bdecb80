import { useCallback, useEffect, useState } from "react";
import { useHold } from "./ui/staged.tsx";

export interface Remote<Data> {
  data: Data | null;
  /** Of the last try; `data` may still be there from an earlier one. */
  error: unknown;
  /** There is no answer for this key yet; `data` may be of another one. */
  pending: boolean;
  /** When `data` was asked for, by `performance.now()`: what happened before is in it. 0: never yet. */
  asked_at: number;
  reload(): void;
}

interface Result<Data> {
  key: string;
  data: Data | null;
  error: unknown;
  asked_at: number;
}

/**
 * Loads when `key` changes and when asked to. What was loaded for another key is dropped, or with `keep` stays until
 * there is something else, so that a list does not vanish while one types.
 */
export function useRemote<Data>(
  key: string,
  load: (signal: AbortSignal) => Promise<Data>,
  { keep = false } = {},
): Remote<Data> {
  const [round, setRound] = useState(0);
  const [result, setResult] = useState<Result<Data>>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when `load` means something else
  useEffect(() => {
    const abort = new AbortController();
    const asked_at = performance.now();
    load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setResult({ key, data, error: null, asked_at });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setResult((last) => {
          const known = last && (keep || last.key === key) ? last : { data: null, asked_at: 0 };
          return { key, data: known.data, error, asked_at: known.asked_at };
        });
      },
    );
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  const current = result?.key === key ? result : null;
  useHold(current !== null);
  return {
    data: (keep ? result?.data : current?.data) ?? null,
    error: current?.error ?? null,
    pending: current === null,
    asked_at: result?.asked_at ?? 0,
    reload,
  };
}
