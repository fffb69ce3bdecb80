import { createContext, type ReactNode, useCallback, useContext, useEffect, useRef, useState } from "react";

/** Nothing waits longer than this for what is slow. */
const PATIENCE_MS = 3_000;

/** Says that something is being read; the returned function, that it is there. */
type Hold = () => () => void;

const StageContext = createContext<Hold | null>(null);

/** Holds the stage around back until `settled`; only the first time, as what is shown once stays. */
export function useHold(settled: boolean): void {
  const hold = useContext(StageContext);
  const wasSettled = useRef(false);
  if (settled) wasSettled.current = true;
  const waits = !wasSettled.current;
  useEffect(() => (hold !== null && waits ? hold() : undefined), [hold, waits]);
}

/** For a part that is read outside of the stage. */
export function Hold({ settled }: { settled: boolean }) {
  useHold(settled);
  return null;
}

/**
 * Shows its parts together, once all that they read first is there: one that comes later would push the others
 * about under the reader's eyes. `while` stands there until then.
 */
export function Staged({ while: waiting, children }: { while: string; children: ReactNode }) {
  const [shown, setShown] = useState(false);
  const held = useRef(0);
  const look = useCallback(() => {
    // In a moment: one part that is there may ask another to read something.
    setTimeout(() => {
      if (held.current === 0) setShown(true);
    });
  }, []);
  const hold = useCallback<Hold>(() => {
    held.current += 1;
    return () => {
      held.current -= 1;
      look();
    };
  }, [look]);
  useEffect(() => {
    look();
    const timer = setTimeout(() => setShown(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [look]);
  return (
    <div className="staged">
      {!shown && <p className="empty loading">{waiting}</p>}
      <div className={shown ? undefined : "staged-wait"}>
        <StageContext value={hold}>{children}</StageContext>
      </div>
    </div>
  );
}
