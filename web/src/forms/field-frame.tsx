import { type ReactNode, useId } from "react";
import { useFieldProblem } from "./form-context.ts";

export interface FrameProps {
  /** As the API calls it, so that its answers find the field. */
  name: string;
  label: string;
  hint?: ReactNode;
  /** Beside the input, such as a button that shows what is typed. */
  after?: ReactNode;
}

/** What an input must carry, so that its label, its hint and what is wrong with it are read with it. */
interface Attributes {
  id: string;
  "aria-invalid": true | undefined;
  "aria-describedby": string | undefined;
}

/** A label above an input, and a hint and what is wrong below. */
export function FieldFrame({
  name,
  label,
  hint,
  after,
  children,
}: FrameProps & { children(attributes: Attributes): ReactNode }) {
  const id = useId();
  const problem = useFieldProblem(name);
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(" ");
  const attributes = {
    id,
    "aria-invalid": problem ? (true as const) : undefined,
    "aria-describedby": described || undefined,
  };
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      <div className="form-line">
        {children(attributes)}
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
