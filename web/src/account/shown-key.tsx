import type { MadeKey } from "../api/account.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";

/** A key, this once. */
export function ShownKey({ made, onKept }: { made: MadeKey; onKept(): void }) {
  return (
    <ShownOnce>
      <p>
        <strong>The key “{made.name}”. Keep it in a safe place:</strong> it is not shown again.
      </p>
      <code className="secret">{made.key}</code>
      <div className="form-foot">
        <CopyButton text={made.key} label="Copy the key" />
        <button type="button" className="button primary" onClick={onKept}>
          I have saved it
        </button>
      </div>
    </ShownOnce>
  );
}
