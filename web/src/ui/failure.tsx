import { sayFailure } from "../words/say-failure.ts";

interface FailureProps {
  error: unknown;
  /** What could not be had, such as "The collections". */
  what: string;
  retry(): void;
}

/** Why something cannot be shown, with what one needs to ask about it. */
export function Failure({ error, what, retry }: FailureProps) {
  return (
    <div className="failure" role="alert">
      <FailureWords error={error} before={`${what} cannot be shown.`} />
      <button type="button" className="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

/** The same without a frame: words, and the trace id where that helps. */
export function FailureWords({ error, before }: { error: unknown; before?: string }) {
  const { text, traceId } = sayFailure(error);
  return (
    <>
      <p>
        {before && <strong>{before}</strong>} {text}
      </p>
      {traceId !== null && (
        <p className="failure-trace">
          Trace id <code>{traceId}</code>
        </p>
      )}
    </>
  );
}
