import { type ReactNode, useState } from "react";
import { compareAmounts } from "../format/price.ts";

/** Marks a value for a moment when it moves; nothing around it moves. */
export function Moving({ value, children }: { value: string | null; children: ReactNode }) {
  const [last, setLast] = useState({ value, moves: 0, mark: "" });
  if (last.value !== value) {
    const way = compareAmounts(last.value, value);
    const mark = way > 0 ? "moved-up" : way < 0 ? "moved-down" : "";
    setLast({ value, moves: last.moves + 1, mark });
  }
  return (
    <span key={last.moves} className={last.mark}>
      {children}
    </span>
  );
}
