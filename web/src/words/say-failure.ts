import { RequestFailed } from "../api/problem.ts";

/** Something went wrong that the page itself has words for: its message is written for the reader. */
export class SaidByPage extends Error {}

/** What is said for a code of the API where a form knows better than the page as a whole. */
export type OwnWords = Readonly<Partial<Record<string, string>>>;

export interface Said {
  text: string;
  /** Where only those who run the platform can find out more. */
  traceId: string | null;
}

const TRY_LATER = "The service is busy or out of reach at the moment. Try again soon.";

/** The API writes for programs; these are the words for the people who use the page, by its codes. */
const WORDS: Readonly<Record<string, string>> = {
  no_answer: "The server cannot be reached. Check your connection and try again.",
  too_late: "The server did not answer in time. Try again.",
  unreadable_answer:
    "The server's answer could not be read. Reload the page: there may be a newer version of it.",
  unauthorized: "Sign in to do this.",
  token_expired: "Sign in again to do this.",
  session_ended: "Your session has ended.",
  step_up_required: "This needs a code of your second factor.",
  password_change_required: "Choose another password first: go to your account.",
  email_not_verified:
    "Your e-mail address is not confirmed yet. Follow the link in the mail that we sent you.",
  forbidden: "Your account is not allowed to do this.",
  not_found: "This is not there any more. Reload the page to see what is.",
  conflict: "This no longer fits what is stored. Reload the page and try again.",
  stale_edit: "This was changed somewhere else in the meantime. Reload the page and make your change again.",
  locked: "There were too many failed attempts.",
  rate_limited: "That was too often in a short time.",
  body_too_large: "This is too much at once. Send less.",
  unavailable: TRY_LATER,
  storage_full: TRY_LATER,
  provider_failed: "A data provider does not answer at the moment. Try again soon.",
  internal: "Something went wrong on our side. Try again; if it stays, report the trace id.",
};

/** Codes after which waiting helps. */
const WAITS: ReadonlySet<string> = new Set(["locked", "rate_limited"]);

const UNKNOWN = "Something went wrong, and it is not known what. If it stays, report the trace id.";

function waitWords(seconds: number | null): string {
  if (seconds === null) return "Wait a moment, then try again.";
  if (seconds < 90) return `Try again in ${seconds} s.`;
  return `Try again in ${Math.ceil(seconds / 60)} min.`;
}

/** A failure in words for the reader. What the server wrote is never among them. */
export function sayFailure(error: unknown, own: OwnWords = {}): Said {
  if (error instanceof SaidByPage) return { text: error.message, traceId: null };
  if (!(error instanceof RequestFailed))
    return { text: UNKNOWN.replace(" If it stays, report the trace id.", ""), traceId: null };
  const { code, status, traceId, retryAfterS } = error;
  const words = own[code] ?? WORDS[code];
  if (words === undefined) return { text: status >= 500 ? (WORDS.internal ?? UNKNOWN) : UNKNOWN, traceId };
  const text = WAITS.has(code) ? `${words} ${waitWords(retryAfterS)}` : words;
  return { text, traceId: status >= 500 || code === "unreadable_answer" ? traceId : null };
}
