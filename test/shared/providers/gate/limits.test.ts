import { describe, expect, it } from "vitest";
import { readLimits } from "../../../../shared/providers/gate/limits.ts";

const NOW = 1_788_949_800_000;
const limits = (headers: Record<string, string>) => readLimits(new Headers(headers), NOW);

describe("readLimits", () => {
  it.each([
    ["7", 7_000],
    ["0.5", 500],
    ["1788949830", 30_000],
    ["Wed, 09 Sep 2026 10:31:00 GMT", 60_000],
    ["-5", 0],
    ["99999999", 86_400_000],
  ])("reads retry-after %s", (value, expected) => {
    expect(limits({ "retry-after": value }).retry_after_ms).toBe(expected);
  });

  it("reads what is left and until when, as a moment or a span", () => {
    expect(limits({ "x-ratelimit-remaining": "3", "x-ratelimit-reset": "1788949860" })).toMatchObject({
      remaining: 3,
      reset_at: NOW + 60_000,
    });
    expect(limits({ "x-ratelimit-reset": "60" }).reset_at).toBe(NOW + 60_000);
  });

  it("makes nothing of absence and junk", () => {
    const nothing = { remaining: null, reset_at: null, retry_after_ms: null };
    expect(limits({})).toEqual(nothing);
    expect(
      limits({ "retry-after": "soon", "x-ratelimit-remaining": "few", "x-ratelimit-reset": "" }),
    ).toEqual(nothing);
  });
});
