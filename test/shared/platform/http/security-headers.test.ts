import { describe, expect, test } from "vitest";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { withStandardHeaders } from "../../../../shared/platform/http/handle.ts";
import { TEST_SETTINGS, testCtx } from "../../../support/ctx.ts";

const { trace } = testCtx();
const deployed = parseConfig({
  ...TEST_SETTINGS,
  ENVIRONMENT: "production",
  DATABASE_URL: "postgres://u:p@db.example.com/xsema",
  PUBLIC_URL: "https://xsema.example.com",
  MAIL_DRIVER: "none",
});

function headersOf(
  config: Parameters<typeof withStandardHeaders>[1]["config"],
  own: Record<string, string> = {},
) {
  return withStandardHeaders(new Response("x", { headers: own }), { trace, config }).headers;
}

describe("https for a year, with all names below", () => {
  const hsts = (config: typeof deployed | null) => headersOf(config).get("strict-transport-security");

  test("is told by a deployment, of whatever is answered", () => {
    expect(hsts(deployed)).toBe("max-age=31536000; includeSubDomains");
    expect(hsts({ ...deployed, ENVIRONMENT: "staging" })).toBe("max-age=31536000; includeSubDomains");
  });

  test("is not told on this machine, without https, or where the settings cannot be read", () => {
    expect(hsts({ ...deployed, ENVIRONMENT: "local" })).toBeNull();
    expect(hsts({ ...deployed, PUBLIC_URL: "http://xsema.example.com" })).toBeNull();
    expect(hsts(null)).toBeNull();
  });
});

test("what is no page may load nothing and stand in no frame", () => {
  const headers = headersOf(null);
  expect(headers.get("content-security-policy")).toBe(
    "default-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
});

test("a page's own policy stays", () => {
  const own = { "content-security-policy": "default-src 'self'", "referrer-policy": "same-origin" };
  const headers = headersOf(deployed, own);
  expect(Object.fromEntries(headers)).toMatchObject(own);
});
