import { type ReactNode, useEffect, useRef } from "react";

/** A secret that cannot be read again; takes the focus, so that nobody passes it by. */
export function ShownOnce({ children }: { children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div ref={box} tabIndex={-1} className="shown-once">
      {children}
    </div>
  );
}
