/**
 * What a push came to. `taken`: forget the samples. `refused`: these samples will never be taken; `too_large`: not so many at once. `wait`: try again, not
 * before `after_ms` where it is said. `not_allowed`: the key or the address must be mended by somebody.
 * @typedef {{ kind: "taken", rejected: string[] }
 *   | { kind: "refused", why: string }
 *   | { kind: "too_large", why: string }
 *   | { kind: "wait", why: string, after_ms: number | null }
 *   | { kind: "not_allowed", why: string }} Outcome
 */

const TIMEOUT_MS = 30_000;
/** The longest that anybody may ask to be waited for. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * `Retry-After` in ms: seconds or a date.
 * @param {string | null} header
 * @param {number} now
 */
export function retryAfter(header, now) {
  if (header === null || header.trim() === "") return null;
  const ms = /^\s*\d{1,9}\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

/** @param {string} text */
function detailOf(text) {
  try {
    const { detail, title } = JSON.parse(text);
    return String(detail ?? title ?? "").slice(0, 300);
  } catch {
    return "";
  }
}

/**
 * @param {string} text
 * @returns {string[]} each reason for which samples were not taken, once
 */
function reasonsIn(text) {
  try {
    const { rejected = [] } = JSON.parse(text);
    const reasons = rejected.map(
      (/** @type {{ errors: { pointer: string, message: string }[] }} */ { errors }) =>
        errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join("; "),
    );
    return [...new Set(reasons)];
  } catch {
    return [];
  }
}

/**
 * Sends samples once, and says what to do next.
 * @param {{ url: URL, key: string, samples: import("./buffer.mjs").Sample[], signal?: AbortSignal }} push
 * @returns {Promise<Outcome>}
 */
export async function push({ url, key, samples, signal }) {
  const deadline = AbortSignal.timeout(TIMEOUT_MS);
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        "user-agent": "xsema-agent",
      },
      body: JSON.stringify({ samples }),
      redirect: "manual",
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    return judge(answer, await answer.text(), url);
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = deadline.aborted
      ? "no answer within 30 s"
      : cause instanceof Error
        ? cause.message || cause.name
        : cause;
    return { kind: "wait", why: `${url.origin} cannot be reached (${why})`, after_ms: null };
  }
}

/**
 * @param {Response} answer
 * @param {string} text
 * @param {URL} url
 * @returns {Outcome}
 */
function judge(answer, text, url) {
  const { status } = answer;
  if (answer.ok) return { kind: "taken", rejected: reasonsIn(text) };
  const said = detailOf(text);
  const why = `${url.origin} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status === 401) return { kind: "not_allowed", why: `${why} Is the key right, and has it not ended?` };
  if (status === 403) return { kind: "not_allowed", why: `${why} The key needs the scope metrics:push.` };
  if (status === 404 || status === 405 || (status >= 300 && status < 400))
    return { kind: "not_allowed", why: `${why} Is --url the address of XSEMA?` };
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return { kind: "wait", why, after_ms: retryAfter(answer.headers.get("retry-after"), Date.now()) };
  return { kind: status === 413 ? "too_large" : "refused", why };
}
