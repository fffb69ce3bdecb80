import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import { useFieldProblem } from "./form-context.ts";

export interface FieldProps
  extends Pick<
    InputHTMLAttributes<HTMLInputElement>,
    "type" | "defaultValue" | "autoComplete" | "inputMode" | "required" | "maxLength" | "min" | "readOnly"
  > {
  /** As the API calls it, so that its answers find the field. */
  name: string;
  label: string;
  hint?: ReactNode;
  /** Beside the input, such as a button that shows what is typed. */
  after?: ReactNode;
}

/** One line to fill in, with its label above, and a hint and what is wrong below. */
export function Field({ label, hint, after, ...input }: FieldProps) {
  const id = useId();
  const problem = useFieldProblem(input.name);
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="form-line">
        <input
          {...input}
          id={id}
          className="field"
          aria-invalid={problem ? true : undefined}
          aria-describedby={described || undefined}
        />
        {after}
      </div>
      {problem && (
        <p id={`${id}-problem`} className="form-problem">
          {problem}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="quiet">
          {hint}
        </p>
      )}
    </div>
  );
}

/** The e-mail address as the account's name: what password managers keep the password under. */
export function EmailField({ defaultValue }: Pick<FieldProps, "defaultValue">) {
  return (
    <Field
      name="email"
      label="E-mail address"
      type="email"
      autoComplete="username"
      inputMode="email"
      defaultValue={defaultValue}
      required
    />
  );
}
