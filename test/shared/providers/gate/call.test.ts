import { describe, expect, it } from "vitest";
import { AppError } from "../../../../shared/platform/errors.ts";
import { callProvider, retryAfterMs } from "../../../../shared/providers/gate/call.ts";
import { memoryGate } from "../../../support/opensea/gate.ts";

const NOW = 1_788_949_800_000;
const request = () =>
  new Request("https://api.test/events?secret=in-query", { headers: { "x-api-key": "in-header" } });

function call(answer: () => Promise<Response> | Response, timeoutMs = 1_000) {
  const gate = memoryGate(() => NOW);
  const fetcher: typeof fetch = async () => answer();
  const result = callProvider(gate, fetcher, request(), {
    timeoutMs,
    now: () => NOW,
    read: (text) => JSON.parse(text) as unknown,
  });
  return { gate, result };
}
const failureOf = async (result: Promise<unknown>) => {
  const error = await result.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error("no AppError was thrown");
  return error;
};

describe("callProvider", () => {
  it("hands a good answer over and reports it with its limits", async () => {
    const { gate, result } = call(() =>
      Response.json({ a: 1 }, { headers: { "x-ratelimit-remaining": "3" } }),
    );
    expect(await result).toEqual({ a: 1 });
    expect(gate.outcomes).toEqual([
      { kind: "success", limits: { remaining: 3, reset_at: null, retry_after_ms: null } },
    ]);
  });

  it.each([
    [429, "rate_limited", "throttled"],
    [599, "rate_limited", "throttled"],
    [404, "not_found", "refused"],
    [400, "provider_failed", "refused"],
    [401, "provider_failed", "refused"],
    [408, "provider_failed", "failure"],
    [500, "provider_failed", "failure"],
    [503, "provider_failed", "failure"],
    [302, "provider_failed", "failure"],
  ])("answers HTTP %i with %s and reports %s", async (status, code, outcome) => {
    const { gate, result } = call(
      () => new Response('{"errors": ["no"]}', { status, headers: { location: "https://parked.test" } }),
    );
    const error = await failureOf(result);
    expect(error.code).toBe(code);
    expect(gate.outcomes.map(({ kind }) => kind)).toEqual([outcome]);
  });

  it("says when to come back where the provider says so", async () => {
    const { result } = call(() => new Response("", { status: 429, headers: { "retry-after": "7" } }));
    expect(retryAfterMs(await failureOf(result))).toBe(7_000);
  });

  it.each([
    ["HTML", "<!DOCTYPE html><title>Down</title>"],
    ["half an answer", '{"asset_events": ['],
    ["nothing", ""],
  ])("counts %s as the provider's failure", async (_, body) => {
    const { gate, result } = call(() => new Response(body));
    expect((await failureOf(result)).code).toBe("provider_failed");
    expect(gate.outcomes.map(({ kind }) => kind)).toEqual(["failure"]);
  });

  it("does not wait for an answer that never comes", async () => {
    const { gate, result } = call(() => new Promise<Response>(() => undefined), 20);
    expect((await failureOf(result)).message).toBe("api.test/events gave no answer within 20 ms");
    expect(gate.outcomes.map(({ kind }) => kind)).toEqual(["failure"]);
  });

  it("does not wait for a body that never ends", async () => {
    const body = new ReadableStream({ pull: () => new Promise(() => undefined) });
    const { result } = call(() => new Response(body), 20);
    expect((await failureOf(result)).message).toContain("within 20 ms");
  });

  it("refuses an answer of absurd length before reading it", async () => {
    const { result } = call(() => new Response("{}", { headers: { "content-length": "99999999999" } }));
    expect((await failureOf(result)).code).toBe("provider_failed");
  });

  it("never says what stands in the query or in a header", async () => {
    for (const answer of [
      () => Promise.reject(new Error("connect failed")),
      () => new Response("no", { status: 500 }),
    ]) {
      const error = await failureOf(call(answer).result);
      expect(error.message).not.toMatch(/in-query|in-header/);
    }
  });

  it("asks nobody once the circuit is open, and says for how long", async () => {
    const gate = memoryGate(() => NOW);
    let asked = 0;
    const fetcher: typeof fetch = async () => {
      asked += 1;
      throw new TypeError("connect failed");
    };
    const once = () =>
      callProvider(gate, fetcher, request(), { timeoutMs: 100, now: () => NOW, read: String });
    for (let time = 0; time < 5; time += 1) expect((await failureOf(once())).code).toBe("provider_failed");
    const error = await failureOf(once());
    expect([error.code, asked]).toEqual(["unavailable", 5]);
    expect(retryAfterMs(error)).toBe(23_000);
  });

  it("asks nobody once the quota is used up", async () => {
    const gate = memoryGate(() => NOW);
    const fetcher: typeof fetch = async () => Response.json([]);
    const once = () =>
      callProvider(gate, fetcher, request(), { timeoutMs: 100, now: () => NOW, read: String });
    for (let time = 0; time < 60; time += 1) await once();
    expect((await failureOf(once())).code).toBe("rate_limited");
  });
});
