import { type FieldProblem, RequestFailed } from "../api/problem.ts";
import { type OwnWords, SaidByPage, sayFailure } from "../words/say-failure.ts";
import { fieldOf, sayField } from "../words/say-field.ts";

/** What was typed cannot be sent: what is wrong, field by field, in the page's own words. */
export class FieldsRefused extends SaidByPage {
  readonly fields: FieldProblem[];

  constructor(fields: FieldProblem[]) {
    super(fields.map(({ message }) => message).join(" "));
    this.fields = fields;
  }
}

export interface SortedProblems {
  /** By the name of the field that they stand at. */
  problems: Map<string, string>;
  /** What is wrong with anything else. */
  rest: string[];
  traceId: string | null;
}

const UNKNOWN_FIELD = "This is not accepted.";
const UNKNOWN_REST = "Something in this form is not accepted. If you do not see what, report the trace id.";

/** What is wrong, by the fields on show, and what is said above the form for all else. */
export function sortProblems(
  error: unknown,
  isShown: (name: string) => boolean,
  own: OwnWords = {},
): SortedProblems {
  const fields = error instanceof RequestFailed || error instanceof FieldsRefused ? error.fields : [];
  if (fields.length === 0) {
    const { text, traceId } = sayFailure(error, own);
    return { problems: new Map(), rest: [text], traceId };
  }
  const problems = new Map<string, string>();
  const rest = new Set<string>();
  let unknown = false;
  for (const field of fields) {
    const name = fieldOf(field);
    const words = error instanceof FieldsRefused ? field.message : sayField(field);
    unknown ||= words === null;
    if (!isShown(name)) rest.add(words ?? UNKNOWN_REST);
    else if (!problems.has(name)) problems.set(name, words ?? UNKNOWN_FIELD);
  }
  const traceId = unknown && error instanceof RequestFailed ? error.traceId : null;
  return { problems, rest: [...rest], traceId };
}
