import type { ReactNode } from "react";
import { FieldFrame, type FrameProps } from "./field-frame.tsx";

interface SelectFieldProps extends FrameProps {
  defaultValue?: string;
  /** Where what is chosen changes the form. */
  value?: string;
  onChoose?(value: string): void;
  /** Options, or groups of them. */
  children: ReactNode;
}

/** One of several, with its label above, and a hint and what is wrong below. */
export function SelectField({ defaultValue, value, onChoose, children, ...frame }: SelectFieldProps) {
  return (
    <FieldFrame {...frame}>
      {(attributes) => (
        <select
          {...attributes}
          name={frame.name}
          className="field"
          defaultValue={defaultValue}
          value={value}
          onChange={onChoose && (({ currentTarget }) => onChoose(currentTarget.value))}
        >
          {children}
        </select>
      )}
    </FieldFrame>
  );
}
