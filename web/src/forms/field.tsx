import type { InputHTMLAttributes } from "react";
import { FieldFrame, type FrameProps } from "./field-frame.tsx";

type InputProps = Pick<
  InputHTMLAttributes<HTMLInputElement>,
  | "type"
  | "defaultValue"
  | "value"
  | "onChange"
  | "placeholder"
  | "list"
  | "autoComplete"
  | "inputMode"
  | "required"
  | "maxLength"
  | "min"
  | "readOnly"
>;
export interface FieldProps extends FrameProps, InputProps {}

/** One line to fill in, with its label above, and a hint and what is wrong below. */
export function Field({ name, label, hint, after, ...input }: FieldProps) {
  return (
    <FieldFrame name={name} label={label} hint={hint} after={after}>
      {(attributes) => <input {...input} {...attributes} name={name} className="field" />}
    </FieldFrame>
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
