import { cutText } from "../../domain/cut-text.ts";
import type { Clock } from "../../platform/clock.ts";
import { withDeadline } from "../../platform/deadline.ts";
import { AppError, describeError } from "../../platform/errors.ts";
import type { ProviderGateRpc } from "../links.ts";
import type { Outcome } from "./gate.ts";
import { readLimits, type ServerLimits } from "./limits.ts";

export interface CallOptions<T> {
  timeoutMs: number;
  now: Clock;
  /** Makes sense of a good answer's text; what it throws counts as the provider's failure. */
  read: (text: string) => T;
}

/** No answer that we ask for is longer. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/**
 * The way every request to a provider goes: the gate is asked, the time is limited (the body's too), the
 * outcome is reported. Throws `AppError`: `rate_limited` (our quota, theirs, 429 or 599; with `retry-after`),
 * `unavailable` (circuit open), `not_found`, `provider_failed` (anything else that is no readable answer).
 * Messages name host and path, never the query or a header, where keys stand.
 */
export async function callProvider<T>(
  gate: ProviderGateRpc,
  fetcher: typeof fetch,
  request: Request,
  options: CallOptions<T>,
): Promise<T> {
  const answer = await gate.acquire();
  if (!answer.ok) throw refusedByGate(answer.reason, answer.retry_after_ms);
  const url = new URL(request.url);
  const where = `${url.host}${url.pathname}`;
  let limits: ServerLimits | null = null;
  try {
    const { status, text, headers } = await exchange(fetcher, request, options.timeoutMs);
    limits = readLimits(headers, options.now());
    const outcome = outcomeOf(status, limits);
    if (outcome.kind !== "success") {
      await gate.report(outcome);
      throw refusedByProvider(outcome, status, where);
    }
    const value = readAnswer(text, where, options.read);
    await gate.report(outcome);
    return value;
  } catch (error) {
    if (error instanceof AppError && !(error instanceof UnreadableAnswer)) throw error;
    await gate.report({ kind: "failure", limits });
    if (error instanceof AppError) throw error;
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    throw new AppError(
      "provider_failed",
      timedOut ? `${where} gave no answer within ${options.timeoutMs} ms` : `${where} could not be reached`,
      { cause: timedOut ? undefined : error },
    );
  }
}

class UnreadableAnswer extends AppError {}

function readAnswer<T>(text: string, where: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (cause) {
    const start = cutText(text, 80).replaceAll(/\s+/g, " ");
    throw new UnreadableAnswer("provider_failed", `${where} gave an answer that cannot be read: ${start}`, {
      cause: cutText(describeError(cause), 500),
    });
  }
}

function exchange(fetcher: typeof fetch, request: Request, timeoutMs: number) {
  return withDeadline(timeoutMs, async (signal) => {
    // A redirect would carry the key to wherever it points.
    const response = await fetcher(request, { signal, redirect: "manual" });
    if (Number(response.headers.get("content-length") ?? 0) > MAX_ANSWER_BYTES)
      throw new Error("the answer is too long");
    return { status: response.status, headers: response.headers, text: await response.text() };
  });
}

function outcomeOf(status: number, limits: ServerLimits): Outcome {
  if (status >= 200 && status < 300) return { kind: "success", limits };
  // OpenSea answers 599 as well as 429 to too many calls; its own client treats both alike.
  if (status === 429 || status === 599) return { kind: "throttled", limits };
  if (status >= 400 && status < 500 && status !== 408) return { kind: "refused", limits };
  return { kind: "failure", limits };
}

function refusedByProvider(outcome: Outcome, status: number, where: string): AppError {
  if (outcome.kind === "throttled")
    return new AppError("rate_limited", `${where} is called too often (${status})`, {
      headers: retryAfter(outcome.limits.retry_after_ms ?? 1000),
    });
  if (status === 404) return new AppError("not_found", `${where} is not known to the provider`);
  if (status === 401 || status === 403)
    return new AppError("provider_failed", `${where} does not accept our key (${status})`);
  return new AppError("provider_failed", `${where} answered ${status}`);
}

function refusedByGate(reason: string, ms: number): AppError {
  const headers = retryAfter(ms);
  if (reason === "circuit_open")
    return new AppError("unavailable", "the provider failed several times and is left alone for a while", {
      headers,
    });
  return new AppError(
    "rate_limited",
    `the provider's ${reason === "quota" ? "quota is used up" : "limit was hit"}`,
    {
      headers,
    },
  );
}

function retryAfter(ms: number): Record<string, string> {
  return { "retry-after": String(Math.max(1, Math.ceil(ms / 1000))) };
}

/** The wait that an error asks for, in milliseconds; `null` where it names none. */
export function retryAfterMs(error: unknown): number | null {
  const seconds = error instanceof AppError ? Number(error.headers["retry-after"]) : Number.NaN;
  return Number.isFinite(seconds) ? seconds * 1000 : null;
}
