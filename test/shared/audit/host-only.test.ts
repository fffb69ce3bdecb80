import { expect, test } from "vitest";
import { hostOnly } from "../../../shared/audit/host-only.ts";

test.each([
  ["https://hooks.slack.example/services/T0/B0/secret", "https://hooks.slack.example"],
  ["https://user:pass@hooks.example:8443/x?token=abc#y", "https://hooks.example:8443"],
  ["postgres://u:p@db.example/xsema", "postgres://db.example"],
  ["https://[2001:db8::1]:443/push/abc", "https://[2001:db8::1]:443"],
  [
    "sent to https://a.example/s3cret, then to <https://b.example?t=1>.",
    "sent to https://a.example then to <https://b.example>.",
  ],
  ["HTTPS://A.example/S", "HTTPS://A.example"],
  ["user@example.org wrote 3/4 of it: a/b", "user@example.org wrote 3/4 of it: a/b"],
])("of %s is left %s", (text, left) => {
  expect(hostOnly(text)).toBe(left);
});

test("addresses are found however deep they lie, and nothing else is changed", () => {
  const facts = {
    url: "https://a.example/x",
    n: 1.5,
    none: null,
    on: true,
    list: [{ at: "https://b.example/y" }, 2],
  };
  expect(hostOnly(facts)).toEqual({
    url: "https://a.example",
    n: 1.5,
    none: null,
    on: true,
    list: [{ at: "https://b.example" }, 2],
  });
});
