import { expect, test } from "vitest";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { clientAddress } from "../../../../shared/platform/http/client-address.ts";
import { TEST_SETTINGS } from "../../../support/ctx.ts";

function addressOf(headers: Record<string, string>, settings: Record<string, string> = {}) {
  const config = parseConfig({ ...TEST_SETTINGS, ...settings });
  return clientAddress(new Request("http://127.0.0.1/", { headers }), config);
}

const DEPLOYED = {
  ENVIRONMENT: "production",
  DATABASE_URL: "postgres://user:password@db.example.org/xsema",
  PUBLIC_URL: "https://xsema.example",
  MAIL_DRIVER: "none",
};

test("off Cloudflare nothing that a client sends is taken for its address", () => {
  const forged = {
    "cf-connecting-ip": "192.0.2.1",
    "x-forwarded-for": "192.0.2.2",
    "x-real-ip": "192.0.2.3",
  };
  expect(addressOf(forged)).toBe("127.0.0.1");
});

test("on Cloudflare the address is that which the edge sets", () => {
  expect(addressOf({ "cf-connecting-ip": "2001:db8::1", "x-forwarded-for": "192.0.2.2" }, DEPLOYED)).toBe(
    "2001:db8::1",
  );
});

test("behind a proxy of one's own it is the last address that this proxy added, and no text that is none", () => {
  const behind = (value: string) =>
    addressOf(
      { "x-forwarded-for": value, "cf-connecting-ip": "192.0.2.9" },
      {
        CLIENT_ADDRESS_HEADER: "X-Forwarded-For",
      },
    );
  expect(behind("192.0.2.66, 198.51.100.7")).toBe("198.51.100.7");
  expect(behind("2001:db8::2")).toBe("2001:db8::2");
  for (const text of ["unknown", "", "1.2.3.4; drop", "300.1.1.1", "::::"])
    expect(behind(text)).toBe("127.0.0.1");
});
