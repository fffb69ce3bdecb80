import { useState } from "react";
import { Field, type FieldProps } from "./field.tsx";

interface PasswordFieldProps extends Pick<FieldProps, "name" | "label" | "hint"> {
  autoComplete: "current-password" | "new-password";
}

/** A password, which may be pasted and can be shown (ASVS 6.2.6, 6.2.7). */
export function PasswordField(props: PasswordFieldProps) {
  const [shown, setShown] = useState(false);
  const toggle = (
    <button
      type="button"
      className="button"
      aria-pressed={shown}
      aria-label={`Show: ${props.label}`}
      onClick={() => setShown(!shown)}
    >
      {shown ? "Hide" : "Show"}
    </button>
  );
  return <Field {...props} type={shown ? "text" : "password"} required after={toggle} />;
}

/** What a new password must be like; what is said in full is the server's to say. */
export const NEW_PASSWORD_HINT =
  "At least 15 characters, or 8 once a second factor is on. A few unrelated words do well; any characters may be in it.";
