import { type FieldProblem, RequestFailed } from "../api/problem.ts";

/** What was typed cannot be sent: what is wrong, field by field. */
export class FieldsRefused extends Error {
  readonly fields: FieldProblem[];

  constructor(fields: FieldProblem[]) {
    super(fields.map(({ message }) => message).join(" "));
    this.fields = fields;
  }
}

/** The name of the field that a JSON pointer means: `/scopes/2` is said of `scopes`. */
function fieldOf({ pointer }: FieldProblem): string {
  return pointer.replace(/^[/?]/, "").split("/")[0] ?? "";
}

/** The field problems of a failure that are of fields on show, and the words for all else that is wrong. */
export function sortProblems(
  error: unknown,
  isShown: (name: string) => boolean,
): { problems: Map<string, string>; rest: string[] } {
  const problems = new Map<string, string>();
  const rest: string[] = [];
  const fields = error instanceof RequestFailed || error instanceof FieldsRefused ? error.fields : [];
  for (const field of fields) {
    const name = fieldOf(field);
    if (!isShown(name)) rest.push(name === "" ? field.message : `${name} ${field.message}`);
    else if (!problems.has(name)) problems.set(name, sentence(field.message));
  }
  if (fields.length === 0) rest.push(error instanceof Error ? error.message : String(error));
  return { problems, rest };
}

/** Messages go on from the name of their field; alone, they begin with a capital. */
function sentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
