import { useState } from "react";
import { sayFailure } from "../words/say-failure.ts";

interface MoreProps {
  more: (() => Promise<void>) | null;
  error: unknown;
  label: string;
}

/** Reads the next page of a list; gone where there is none. */
export function MoreButton({ more, error, label }: MoreProps) {
  const [busy, setBusy] = useState(false);
  if (more === null) return null;
  const read = () => {
    if (busy) return;
    setBusy(true);
    more().finally(() => setBusy(false));
  };
  return (
    <div className="form-foot">
      <button type="button" className="button" aria-disabled={busy} onClick={read}>
        {busy ? "Please wait…" : label}
      </button>
      {error !== null && (
        <span role="alert" className="form-problem">
          {sayFailure(error).text}
        </span>
      )}
    </div>
  );
}
