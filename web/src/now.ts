import { useSyncExternalStore } from "react";

/** The page's clock: everything else is handed a time. */
export const systemNow = () => Date.now();

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let ticked = systemNow();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    ticked = systemNow();
    timer = setInterval(() => {
      ticked = systemNow();
      for (const each of listeners) each();
    }, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, renewed every second by one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => ticked);
}

/** The start of the viewer's day: whoever shows a date only is drawn again at midnight, and not every second. */
export function useToday(): number {
  return useSyncExternalStore(subscribe, () => new Date(ticked).setHours(0, 0, 0, 0));
}
