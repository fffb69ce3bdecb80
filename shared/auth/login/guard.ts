import type { LoginLimits, LoginVerdict } from "../../contracts/accounts.ts";

/** What a guard remembers. Times are ms since 1970. */
export interface GuardState {
  /** Attempts that failed. */
  failures: number;
  last_at: number;
  blocked_until: number;
  /** When attempts began whose outcome is not known yet; each may be a failure. */
  pending: number[];
  limits: LoginLimits;
}

/** An attempt of which nobody has told the outcome for this long, as its worker died, has failed. */
const PENDING_MS = 30_000;

/** How long the next attempt must wait after so many failures: nothing, then `base_ms` doubled each time. */
function waitAfter(failures: number, { free, base_ms, max_ms }: LoginLimits): number {
  if (failures < free) return 0;
  // Beyond 2^40 the double of a millisecond is longer than anybody waits.
  return Math.min(max_ms, base_ms * 2 ** Math.min(failures - free, 40));
}

/** When there is nothing left to remember. */
export function forgottenAt(state: GuardState): number {
  const open = state.pending.map((began) => began + PENDING_MS + state.limits.forget_after_ms);
  return Math.max(state.last_at + state.limits.forget_after_ms, state.blocked_until, ...open);
}

function withFailure(state: GuardState, at: number): GuardState {
  const failures = state.failures + 1;
  const wait = waitAfter(failures, state.limits);
  return { ...state, failures, last_at: at, blocked_until: wait === 0 ? 0 : at + wait };
}

/** What is known at `now`: nothing where all of it is forgotten. */
function current(known: GuardState | null, limits: LoginLimits, now: number): GuardState {
  const fresh: GuardState = { failures: 0, last_at: now, blocked_until: 0, pending: [], limits };
  if (known === null || now >= forgottenAt(known)) return fresh;
  const overdue = known.pending.filter((began) => began + PENDING_MS <= now);
  const pending = known.pending.filter((began) => began + PENDING_MS > now);
  const settled = overdue.reduce((state, began) => withFailure(state, began + PENDING_MS), {
    ...known,
    pending,
    limits,
  });
  // Failures that were forgotten while the outcome of others was open.
  const lives = settled.last_at + limits.forget_after_ms > now || settled.blocked_until > now;
  return lives ? settled : { ...fresh, pending };
}

/**
 * Whether an attempt may begin. While those that are under way could use up what is free, the next must wait for their
 * outcome (`"wait"`): so that a hundred guesses at once are not a hundred, and twelve right passwords lock nobody out.
 */
export function beginAttempt(
  known: GuardState | null,
  limits: LoginLimits,
  now: number,
): { state: GuardState; verdict: LoginVerdict | "wait" } {
  const state = current(known, limits, now);
  if (now < state.blocked_until)
    return { state, verdict: { allowed: false, retry_after_ms: state.blocked_until - now } };
  const under_way = state.pending.length;
  if (under_way > 0 && state.failures + under_way >= limits.free) return { state, verdict: "wait" };
  const failures = state.failures + under_way + 1;
  return { state: { ...state, pending: [...state.pending, now] }, verdict: { allowed: true, failures } };
}

/** Notes the outcome of the oldest attempt that is under way; of one that is not known any more, nothing. */
export function endAttempt(known: GuardState | null, failed: boolean, now: number): GuardState | null {
  if (known === null) return null;
  const state = current(known, known.limits, now);
  const [began, ...pending] = state.pending;
  if (began === undefined) return state;
  const ended = { ...state, pending };
  if (failed) return withFailure(ended, now);
  return ended.failures === 0 && pending.length === 0 ? null : ended;
}

/** Counts something that is a failure by itself, such as a request of which there may be only so many. */
export function countAttempt(
  known: GuardState | null,
  limits: LoginLimits,
  now: number,
): { state: GuardState; verdict: LoginVerdict } {
  const state = current(known, limits, now);
  if (now < state.blocked_until)
    return { state, verdict: { allowed: false, retry_after_ms: state.blocked_until - now } };
  const counted = withFailure(state, now);
  return { state: counted, verdict: { allowed: true, failures: counted.failures } };
}
