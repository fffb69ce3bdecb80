import { useId } from "react";
import { type Permission, PermissionMeanings } from "../../../shared/contracts/access.ts";
import { useFieldProblem } from "../forms/form-context.ts";

/** What a key may do, to be ticked; none to begin with, so that a key is given no more than it needs. */
export function ScopesField({ scopes }: { scopes: readonly Permission[] }) {
  const id = useId();
  const problem = useFieldProblem("scopes");
  return (
    <fieldset className="scopes" aria-describedby={problem && id}>
      <legend>What it may do</legend>
      {problem && (
        <p id={id} className="form-problem">
          {problem}
        </p>
      )}
      {scopes.map((scope) => (
        <label key={scope}>
          <input type="checkbox" name="scopes" value={scope} aria-invalid={problem ? true : undefined} />
          <span>
            {PermissionMeanings[scope]} <code className="quiet">{scope}</code>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
