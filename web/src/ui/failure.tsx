import { RequestFailed } from "../api/problem.ts";

interface FailureProps {
  error: unknown;
  /** What could not be had, such as "The collections". */
  what: string;
  retry(): void;
}

/** Why something cannot be shown, with what one needs to ask about it. */
export function Failure({ error, what, retry }: FailureProps) {
  const failed = error instanceof RequestFailed ? error : null;
  const detail = error instanceof Error ? error.message : String(error);
  return (
    <div className="failure" role="alert">
      <p>
        <strong>{what} cannot be shown.</strong> {failed && failed.title !== detail && `${failed.title}: `}
        {detail}
      </p>
      {failed?.traceId && (
        <p className="failure-trace">
          Trace id <code>{failed.traceId}</code>
        </p>
      )}
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}
