import { useCallback, useEffect, useState } from "react";

export interface Remote<Data> {
  data: Data | null;
  /** Of the last try; `data` may still be there from an earlier one. */
  error: unknown;
  loading: boolean;
  reload(): void;
}

/** Loads when `key` changes and when asked to; what was loaded for another key is dropped. */
export function useRemote<Data>(key: string, load: (signal: AbortSignal) => Promise<Data>): Remote<Data> {
  const [round, setRound] = useState(0);
  const [result, setResult] = useState<{ key: string; data: Data | null; error: unknown; round: number }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when `load` means something else
  useEffect(() => {
    const abort = new AbortController();
    load(abort.signal).then(
      (data) => setResult({ key, data, error: null, round }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setResult((last) => ({ key, data: last?.key === key ? last.data : null, error, round }));
      },
    );
    return () => abort.abort();
  }, [key, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  const current = result?.key === key ? result : null;
  return {
    data: current?.data ?? null,
    error: current?.error ?? null,
    loading: current === null || current.round !== round,
    reload,
  };
}
