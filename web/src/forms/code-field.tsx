import { useState } from "react";
import { Field } from "./field.tsx";

/** A code of the authenticator app, or, where they are taken, one of the recovery codes. */
export function CodeField({ recovery = false }: { recovery?: boolean }) {
  const [lost, setLost] = useState(false);
  return (
    <>
      <Field
        key={lost ? "recovery" : "app"}
        name="code"
        label={lost ? "Recovery code" : "Code of the authenticator app"}
        autoComplete={lost ? "off" : "one-time-code"}
        inputMode={lost ? "text" : "numeric"}
        maxLength={64}
        required
        hint={lost ? "Each works once." : undefined}
      />
      {recovery && (
        <button type="button" className="link-button form-switch" onClick={() => setLost(!lost)}>
          {lost ? "Use a code of the app" : "Use a recovery code"}
        </button>
      )}
    </>
  );
}
