import { expect, test } from "vitest";
import type { ErrorCode } from "../../../shared/platform/errors.ts";
import { RequestFailed } from "../../../web/src/api/problem.ts";
import { SaidByPage, sayFailure } from "../../../web/src/words/say-failure.ts";

const SERVERS = "POST /api/v1/x first: body.x must match the pointer /x";
const failed = (status: number, code: string) => new RequestFailed(status, SERVERS, { code, traceId: "abc" });

const MET = [
  [401, "unauthorized"],
  [401, "token_expired"],
  [401, "session_ended"],
  [403, "forbidden"],
  [403, "step_up_required"],
  [403, "password_change_required"],
  [403, "email_not_verified"],
  [404, "not_found"],
  [409, "conflict"],
  [412, "stale_edit"],
  [423, "locked"],
  [413, "body_too_large"],
  [429, "rate_limited"],
] as const satisfies [number, ErrorCode][];

test.each(MET)("%i %s is said in the page's words, which need no trace id", (status, code) => {
  const { text, traceId } = sayFailure(failed(status, code));
  expect(text).not.toContain("it is not known what");
  expect(text).not.toMatch(/POST|pointer|body/);
  expect(traceId).toBeNull();
});

test.each([
  [500, "internal"],
  [502, "provider_failed"],
  [503, "unavailable"],
  [507, "storage_full"],
  [422, "invalid_request"],
  [418, "of_a_later_version"],
  [599, ""],
])("%i %s is said plainly, with the trace id", (status, code) => {
  const { text, traceId } = sayFailure(failed(status, code));
  expect(text).not.toMatch(/POST|pointer|body/);
  expect(traceId).toBe("abc");
});

test("how long to wait is said in seconds, then in minutes", () => {
  const locked = (retryAfterS: number | null) =>
    sayFailure(new RequestFailed(423, SERVERS, { code: "locked", retryAfterS })).text;
  expect(locked(30)).toContain("Try again in 30 s.");
  expect(locked(3_600)).toContain("Try again in 60 min.");
  expect(locked(null)).toContain("Wait a moment");
});

test("a fault of the page's own code is not shown, what the page says is", () => {
  expect(sayFailure(new TypeError("x is undefined")).text).not.toContain("undefined");
  expect(sayFailure(new SaidByPage("Nothing was done.")).text).toBe("Nothing was done.");
});
