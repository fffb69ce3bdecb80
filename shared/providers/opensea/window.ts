import type { OpenSeaCursor, Window } from "./cursor.ts";

export interface WindowRules {
  /** How far back the first window reaches. */
  history_seconds: number;
  /** How late OpenSea may show an event so that it is still read: each window begins this long before the last. */
  overlap_seconds: number;
}

/** After so many pages a window counts as endless and is closed, loudly. */
const MAX_PAGES = 500;
const MAX_EMPTY_PAGES = 3;
const MAX_STUCK = 3;

/**
 * Windows join without a hole: each begins before the last one *started*, not where its newest event was. So an
 * event that shows up late is read as long as it is no later than the overlap.
 */
export function openWindow(readUntil: number | null, nowSeconds: number, rules: WindowRules): Window {
  const after =
    readUntil === null ? nowSeconds - rules.history_seconds : readUntil - rules.overlap_seconds - 1;
  return {
    started: nowSeconds,
    after,
    before: null,
    next: null,
    history: readUntil === null,
    pages: 0,
    empty: 0,
    stuck: 0,
  };
}

export interface PageSeen {
  /** Seconds of each element as it came; `null` where one does not say. */
  seconds: (number | null)[];
  next: string | null;
}

/** What follows a page: the rest of the window, or `null` where it is read to its end. */
export interface Step {
  window: Window | null;
  /** Why something may have been missed; for the log. */
  fault: string | null;
}

/**
 * Goes on by time, not by OpenSea's cursor: the next page ends just after the oldest event of this one, so its
 * second is read again and nothing depends on pages staying as they were or on a cursor that may fail. Only
 * where a page makes no way (more events in one second than a page holds, or times out of order) is the
 * cursor followed.
 */
export function stepWindow(window: Window, page: PageSeen): Step {
  const pages = window.pages + 1;
  if (page.next === null) return { window: null, fault: null };
  if (pages >= MAX_PAGES) return { window: null, fault: `gave a window up after ${pages} pages` };
  if (page.seconds.length === 0) {
    if (window.empty + 1 >= MAX_EMPTY_PAGES) return { window: null, fault: "empty pages without an end" };
    return { window: { ...window, pages, empty: window.empty + 1, next: page.next }, fault: null };
  }
  const oldest = oldestInOrder(page.seconds);
  if (oldest !== null && (window.before === null || oldest + 1 < window.before))
    return { window: { ...window, pages, before: oldest + 1, next: null, empty: 0, stuck: 0 }, fault: null };
  if (page.next === window.next) return stuckWindow({ ...window, pages });
  return { window: { ...window, pages, next: page.next, empty: 0 }, fault: null };
}

/** OpenSea's cursor failed or led in a circle: the place is read anew, and passed over after the third time. */
export function stuckWindow(window: Window): Step {
  const stuck = window.stuck + 1;
  if (stuck < MAX_STUCK) return { window: { ...window, next: null, stuck }, fault: null };
  if (window.before === null) return { window: null, fault: "a window could not be read by its cursor" };
  return {
    window: { ...window, next: null, stuck: 0, before: window.before - 1 },
    fault: `events of second ${window.before - 1} could not all be read`,
  };
}

/** Closes the window that was read to its end. */
export function finishWindow(cursor: OpenSeaCursor, window: Window): OpenSeaCursor {
  return {
    ...cursor,
    window: null,
    read_until: Math.max(cursor.read_until ?? 0, window.started),
    book: { ...cursor.book, closed: [] },
  };
}

/** The oldest second of a page that is newest first throughout; `null` for any other page. */
function oldestInOrder(seconds: (number | null)[]): number | null {
  let last = Number.POSITIVE_INFINITY;
  for (const second of seconds) {
    if (second === null || second > last) return null;
    last = second;
  }
  return Number.isFinite(last) ? last : null;
}
