/** What a long command shows: lines that stay, and one line of progress that is drawn over. */
export interface Screen {
  line(text: string): void;
  progress(text: string): void;
}

const TERMINAL_MS = 200;
const LOG_MS = 5_000;

/** On a terminal, progress stays in place; in a log it is a line now and then. */
export function createScreen(
  out: { write(text: string): unknown; isTTY?: boolean; columns?: number },
  now: () => number,
): Screen {
  const terminal = out.isTTY === true;
  let shown = now();
  let pending = false;
  return {
    line(text) {
      if (pending) out.write("\r\u001b[K");
      pending = false;
      out.write(`${text}\n`);
    },
    progress(text) {
      if (now() - shown < (terminal ? TERMINAL_MS : LOG_MS)) return;
      shown = now();
      pending = terminal;
      out.write(terminal ? `\r\u001b[K${text.slice(0, (out.columns ?? 80) - 1)}` : `${text}\n`);
    },
  };
}
