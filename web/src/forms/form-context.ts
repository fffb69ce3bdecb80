import { createContext, useContext } from "react";

interface FormState {
  busy: boolean;
  /** What the server said is wrong with a field, by the field's name. */
  problems: ReadonlyMap<string, string>;
}

export const FormContext = createContext<FormState>({ busy: false, problems: new Map() });

/** What the form around knows of one of its fields. */
export function useFieldProblem(name: string): string | undefined {
  return useContext(FormContext).problems.get(name);
}
