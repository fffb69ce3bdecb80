import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import type { OwnWords } from "../words/say-failure.ts";
import { type SortedProblems, sortProblems } from "./field-problems.ts";
import { FormContext } from "./form-context.ts";

interface FormProps {
  /** Words of the button. */
  submit: string;
  /** The button ends or removes something. */
  danger?: boolean;
  /** What it did, in words; announced, until the next try. */
  done?: string;
  /** Throws what the reader is told. */
  onSubmit(values: (name: string) => string, data: FormData): Promise<unknown>;
  /** What is said for a code of the API, where that means something else here than elsewhere. */
  words?: OwnWords;
  /** What was typed stays, since it still holds. */
  keep?: boolean;
  /** Beside the button. */
  beside?: ReactNode;
  children?: ReactNode;
}

const FINE: SortedProblems = { problems: new Map(), rest: [], traceId: null };

/** A form that sends itself: busy while it does, and what is wrong stands beside the field and is announced. */
export function Form({ submit, danger, done, words, keep, onSubmit, beside, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [succeeded, setSucceeded] = useState(false);
  const [outcome, setOutcome] = useState(FINE);

  const onFailed = (error: unknown) => {
    const isShown = (name: string) => form.current?.elements.namedItem(name) != null;
    setOutcome(sortProblems(error, isShown, words));
  };
  const onSend = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const element = event.currentTarget;
    const { nativeEvent } = event;
    // Which of several buttons it was, by its name and value.
    const submitter = nativeEvent instanceof SubmitEvent ? nativeEvent.submitter : null;
    const data = new FormData(element, submitter);
    const value = (name: string) => {
      const given = data.get(name);
      return typeof given === "string" ? given : "";
    };
    setBusy(true);
    setSucceeded(false);
    setOutcome(FINE);
    onSubmit(value, data)
      .then(() => {
        setSucceeded(true);
        // Passwords and codes must not stay behind.
        if (!keep) element.reset();
      }, onFailed)
      .finally(() => setBusy(false));
  };
  useEffect(() => {
    if (outcome === FINE) return;
    const first =
      form.current?.querySelector('[aria-invalid="true"]') ?? form.current?.querySelector("[role=alert]");
    if (first instanceof HTMLElement) first.focus();
  }, [outcome]);

  const failed = outcome !== FINE;
  return (
    <FormContext value={{ busy, problems: outcome.problems }}>
      <form ref={form} className="form" onSubmit={onSend} noValidate aria-busy={busy}>
        {failed && (
          <div role="alert" tabIndex={-1} className="form-failure">
            {outcome.rest.length === 0 && <p>Please check the fields marked below.</p>}
            {outcome.rest.map((line) => (
              <p key={line}>{line}</p>
            ))}
            {outcome.traceId && (
              <p className="failure-trace">
                Trace id <code>{outcome.traceId}</code>
              </p>
            )}
          </div>
        )}
        {children}
        <div className="form-foot">
          <button type="submit" className={danger ? "button danger" : "button primary"} aria-disabled={busy}>
            {busy ? "Please wait…" : submit}
          </button>
          {beside}
        </div>
        <p role="status" className={succeeded && done ? "form-done" : "unseen"}>
          {succeeded && done}
        </p>
      </form>
    </FormContext>
  );
}
