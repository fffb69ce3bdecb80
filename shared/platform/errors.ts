import { DrizzleQueryError } from "drizzle-orm/errors";

/** Every code that a caller can meet: the HTTP status it is answered with, and whether trying again can help. */
const ERRORS = {
  invalid_request: { status: 422, retryable: false, title: "The request is not valid" },
  malformed_request: { status: 400, retryable: false, title: "The request is broken" },
  unreadable_body: { status: 400, retryable: false, title: "The body cannot be read" },
  unauthorized: { status: 401, retryable: false, title: "Credentials are missing or wrong" },
  token_expired: { status: 401, retryable: false, title: "The access token has expired" },
  session_ended: { status: 401, retryable: false, title: "The session has ended" },
  step_up_required: { status: 403, retryable: false, title: "A fresh second factor is required" },
  password_change_required: { status: 403, retryable: false, title: "The password must be changed first" },
  email_not_verified: { status: 403, retryable: false, title: "The address is not verified yet" },
  forbidden: { status: 403, retryable: false, title: "Not allowed" },
  not_found: { status: 404, retryable: false, title: "Not found" },
  method_not_allowed: { status: 405, retryable: false, title: "Method not allowed" },
  conflict: { status: 409, retryable: false, title: "Conflict" },
  stale_edit: { status: 412, retryable: false, title: "Somebody else has changed it meanwhile" },
  locked: { status: 423, retryable: true, title: "Locked" },
  body_too_large: { status: 413, retryable: false, title: "The body is too large" },
  unsupported_media_type: { status: 415, retryable: false, title: "Unsupported media type" },
  upgrade_required: { status: 426, retryable: false, title: "A WebSocket upgrade is required" },
  rate_limited: { status: 429, retryable: true, title: "Too many requests" },
  internal: { status: 500, retryable: true, title: "Something went wrong" },
  provider_failed: { status: 502, retryable: true, title: "A data provider failed" },
  storage_full: { status: 507, retryable: true, title: "The storage is full" },
  unavailable: { status: 503, retryable: true, title: "Temporarily unavailable" },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface FieldError {
  /** JSON pointer into the body, or `?name` for a query parameter. */
  pointer: string;
  message: string;
}

/**
 * The one error type that code throws on purpose. Its message is shown to the caller, so it says what was
 * wrong, where, and what would be right; whatever must stay inside goes into `cause`.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: FieldError[];
  readonly headers: Record<string, string>;
  /** Permissions that were asked for and not held, for the log. */
  readonly lacks: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      details?: FieldError[];
      cause?: unknown;
      headers?: Record<string, string>;
      lacks?: readonly string[];
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.details = options.details ?? [];
    this.headers = options.headers ?? {};
    this.lacks = options.lacks ?? [];
  }

  get status() {
    return ERRORS[this.code].status;
  }
  get retryable() {
    return ERRORS[this.code].retryable;
  }
  get title() {
    return ERRORS[this.code].title;
  }
}

/** What a failed query says of itself without its parameters, which may be addresses or hashes. */
function messageOf(error: Error): string {
  return error instanceof DrizzleQueryError ? `Failed query: ${error.query}` : error.message;
}

/** The message of anything thrown, with its causes, for the log only. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` <- ${describeError(error.cause)}`;
  return `${error.name}: ${messageOf(error)}${cause}`;
}
