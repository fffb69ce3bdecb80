import { useCallback, useEffect, useState } from "react";
import { useHold } from "./ui/staged.tsx";

export interface Remote<Data> {
  data: Data | null;
  /** Of the last try; `data` may still be there from an earlier one. */
  error: unknown;
  /** There is no answer for this key yet; `data` may be of another one. */
  pending: boolean;
  reload(): void;
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
  const [result, setResult] = useState<{ key: string; data: Data | null; error: unknown }>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says when `load` means something else
  useEffect(() => {
    const abort = new AbortController();
    load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setResult({ key, data, error: null });
      },
      (error: unknown) => {
        if (abort.signal.aborted) return;
        const known = (last?: { key: string; data: Data | null }) =>
          last && (keep || last.key === key) ? last.data : null;
        setResult((last) => ({ key, data: known(last), error }));
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
    reload,
  };
}
