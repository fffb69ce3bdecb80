import { describe, expect, test } from "vitest";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { root } from "../../workers/root.ts";
import { TEST_SETTINGS, testCtx } from "../support/ctx.ts";

const assets = { fetch: async () => new Response("nothing", { status: 404 }) };
const METRICS_TOKEN = "a-token-of-this-test-0123456789";

const ask = (given: Partial<Ctx>, path: string, init: RequestInit = {}) =>
  root.fetch(new Request(`http://127.0.0.1:8787${path}`, init), {
    ctx: testCtx({ later: () => {}, ...given }),
    assets,
  });

describe("without METRICS_TOKEN", () => {
  test.each(["GET", "HEAD", "POST"])("%s /metrics answers as any path that leads nowhere", async (method) => {
    const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
    const [metrics, other] = await Promise.all(
      ["/metrics", "/nothing"].map((path) => ask({}, path, { method, headers })),
    );
    expect(metrics?.status).toBe(404);
    expect((await metrics?.text())?.replaceAll("metrics", "nothing")).toBe(await other?.text());
    expect([...(metrics?.headers ?? [])]).toEqual([...(other?.headers ?? [])]);
  });
});

test("the path does not stand in the API document", async () => {
  const config = parseConfig({ ...TEST_SETTINGS, METRICS_TOKEN });
  const document = await (await ask({ config }, "/api/openapi.json")).text();
  expect(document).not.toContain('"/metrics"');
});

test.each(["short", "with a blank in it, and long enough"])(
  "a weak METRICS_TOKEN is refused: %s",
  (token) => {
    expect(() => parseConfig({ ...TEST_SETTINGS, METRICS_TOKEN: token })).toThrow("METRICS_TOKEN must be");
  },
);

test("a request is answered though it cannot be counted", async () => {
  const later = () => {
    throw new Error("no work after this answer");
  };
  for (let i = 0; i < 3; i += 1) expect((await ask({ later }, "/health")).status).toBe(200);
});
