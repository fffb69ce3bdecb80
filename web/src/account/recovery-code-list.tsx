import { CopyButton } from "../ui/copy-button.tsx";
import { ShownOnce } from "../ui/shown-once.tsx";

/** Recovery codes, this once. */
export function RecoveryCodeList({ codes, onKept }: { codes: string[]; onKept(): void }) {
  return (
    <ShownOnce>
      <p>
        <strong>The second factor is on. Save these recovery codes in a safe place:</strong> each signs you in
        once where the app is lost. They are not shown again.
      </p>
      <ul className="code-list">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="form-foot">
        <CopyButton text={codes.join("\n")} label="Copy all" />
        <button type="button" className="button primary" onClick={onKept}>
          I have saved them
        </button>
      </div>
    </ShownOnce>
  );
}
