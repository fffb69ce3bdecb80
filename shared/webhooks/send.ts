import { cutText } from "../domain/cut-text.ts";
import type { Clock } from "../platform/clock.ts";
import { withDeadline } from "../platform/deadline.ts";
import { type AddressRules, refuseAddress } from "./address.ts";
import { readStart } from "./read-start.ts";
import type { Resolved } from "./resolve-host.ts";
import { readRetryAfter } from "./retry.ts";
import { signMessage } from "./sign.ts";
import { withoutPath } from "./without-path.ts";

/** Where a message goes, opened. */
export interface Target {
  url: string;
  /** `whsec_` texts that sign now, the newest first. */
  secrets: string[];
  /** Custom ones. */
  headers: Record<string, string>;
}

export type FailureKind = "timeout" | "refused_address" | "connection" | "redirect" | "status";

/** What was sent and what came back. */
export interface Attempt {
  /** When it began, ms since 1970. */
  at: number;
  duration_ms: number;
  url: string;
  /** As sent; of custom headers only the names. */
  request_headers: Record<string, string>;
  request_body: string;
  response_status: number | null;
  response_headers: Record<string, string> | null;
  response_body: string | null;
  /** `null` where it succeeded. */
  error: FailureKind | null;
  error_detail: string | null;
  retry_after_ms: number | null;
  trace_id: string;
}

export interface SendDeps {
  fetch: typeof fetch;
  now: Clock;
  rules: AddressRules;
  checkHost(host: string): Promise<Resolved>;
  timeout_ms: number;
  /** Of XSEMA, for `user-agent`. */
  version: string;
}

interface Outgoing {
  id: string;
  body: string;
  trace_id: string;
  traceparent: string;
}

const KEPT_BODY_BYTES = 4096;
const KEPT_HEADERS = 50;
const KEPT_HEADER_LENGTH = 1000;
const NOT_KEPT = "(not kept)";

class Refused extends Error {
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

function keptHeaders(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    [...headers]
      .slice(0, KEPT_HEADERS)
      .map(([name, value]) => [name, name === "set-cookie" ? NOT_KEPT : cutText(value, KEPT_HEADER_LENGTH)]),
  );
}

/** Our own win over custom ones of the same name. */
function headersOf(target: Target, own: Record<string, string>): Headers {
  const headers = new Headers(target.headers);
  for (const [name, value] of Object.entries(own)) headers.set(name, value);
  return headers;
}

async function checkTarget({ url }: Target, { rules, checkHost }: SendDeps): Promise<void> {
  const refusal = refuseAddress(url, rules);
  if (refusal !== null) throw new Refused("refused_address", `The address ${refusal}.`);
  const resolved = await checkHost(new URL(url).hostname.replace(/\.+$/, ""));
  if (resolved.refusal !== null) throw new Refused("refused_address", `${resolved.refusal}.`);
  if (resolved.unknown !== null) throw new Refused("connection", `${resolved.unknown}.`);
}

type Answer = Pick<
  Attempt,
  "response_status" | "response_headers" | "response_body" | "error" | "error_detail" | "retry_after_ms"
>;

const NO_ANSWER: Answer = {
  response_status: null,
  response_headers: null,
  response_body: null,
  error: null,
  error_detail: null,
  retry_after_ms: null,
};

function failureOf(
  error: unknown,
  { url }: Target,
  timeout_ms: number,
): Pick<Answer, "error" | "error_detail"> {
  if (error instanceof Refused) return { error: error.kind, error_detail: error.message };
  if (error instanceof DOMException && error.name === "TimeoutError")
    return { error: "timeout", error_detail: `No whole answer within ${timeout_ms / 1000} s.` };
  // The runtime's words name nothing of ours: they tell of the other side's connection.
  const words = withoutPath(error instanceof Error ? error.message : "no answer", url);
  return { error: "connection", error_detail: `The connection failed: ${cutText(words, 200)}` };
}

function judge(status: number): Pick<Answer, "error" | "error_detail"> {
  if (status >= 200 && status < 300) return { error: null, error_detail: null };
  if (status >= 300 && status < 400)
    return { error: "redirect", error_detail: `Status ${status}: redirects are not followed.` };
  return { error: "status", error_detail: `Status ${status} instead of 2xx.` };
}

/** Tries once; every outcome is an answer, never a throw. The time limit covers headers and the kept part of the body. */
export async function sendMessage(deps: SendDeps, target: Target, message: Outgoing): Promise<Attempt> {
  const { now, timeout_ms } = deps;
  const at = now();
  const own = {
    "content-type": "application/json",
    "user-agent": `XSEMA-Webhooks/${deps.version}`,
    traceparent: message.traceparent,
    ...(await signMessage(target.secrets, { id: message.id, at, body: message.body })),
  };
  const custom = Object.keys(target.headers).map((name) => [name.toLowerCase(), NOT_KEPT]);
  const attempt = async (signal: AbortSignal, seen: Answer) => {
    await checkTarget(target, deps);
    const response = await deps.fetch(target.url, {
      method: "POST",
      headers: headersOf(target, own),
      body: message.body,
      redirect: "manual",
      signal,
    });
    seen.response_status = response.status;
    seen.response_headers = keptHeaders(response.headers);
    seen.retry_after_ms = readRetryAfter(response.headers.get("retry-after"), now());
    seen.response_body = await readStart(response.body, KEPT_BODY_BYTES);
    Object.assign(seen, judge(response.status));
  };
  const answer: Answer = { ...NO_ANSWER };
  try {
    await withDeadline(timeout_ms, (signal) => attempt(signal, answer));
  } catch (error) {
    Object.assign(answer, failureOf(error, target, timeout_ms));
  }
  return {
    ...answer,
    at,
    duration_ms: Math.max(0, Math.round(now() - at)),
    url: target.url,
    request_headers: { ...Object.fromEntries(custom), ...own },
    request_body: message.body,
    trace_id: message.trace_id,
  };
}
