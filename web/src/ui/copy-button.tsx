import { useState } from "react";

/** Puts text on the clipboard, and says whether it is there. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [outcome, setOutcome] = useState("");
  const copy = () => {
    // Without TLS there is no clipboard to write to.
    const written = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error("no clipboard"));
    written.then(
      () => setOutcome("Copied."),
      () => setOutcome("It cannot be copied here: select it and copy it yourself."),
    );
  };
  return (
    <span className="copy">
      <button type="button" className="button" onClick={copy}>
        {label}
      </button>
      <span role="status" className="quiet">
        {outcome}
      </span>
    </span>
  );
}
