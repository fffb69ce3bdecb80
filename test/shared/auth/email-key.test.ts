import { expect, test } from "vitest";
import { Email, emailKey } from "../../../shared/auth/email-key.ts";

test.each([
  ["ann@example.org"],
  ["Ann.O'Neil+tag@sub.example.co.uk"],
  ["用户@例子.世界"],
  ["müller@bücher.example"],
  ["x@xn--bcher-kva.example"],
  [" ann@example.org "],
  ["admin@localhost"],
  [`${"a".repeat(64)}@${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(57)}.org`],
])("%s is an address", (text) => {
  expect(Email.safeParse(text).error).toBeUndefined();
});

test.each([
  ["", "empty"],
  ["ann", "no @"],
  ["ann@", "no domain"],
  ["@example.org", "nobody"],
  ["ann@b@example.org", "two @"],
  ["ann@example", "a domain of one name"],
  ["ann@example.org\r\nBcc: eve@example.org", "a header in it"],
  ["an\u0000n@example.org", "NUL"],
  ["an n@example.org", "a space"],
  ["ann@exa\u202emple.org", "a sign that turns the direction"],
  ["ann\u200b@example.org", "a character without a width"],
  ["ann@192.0.2.1", "a number for a domain"],
  ["ann@[192.0.2.1]", "a literal"],
  ["ann@example.org/path", "an address of a page"],
  ["ann@user:pw@example.org", "an authority"],
  ["Ann <ann@example.org>", "a name with it"],
  ["ann,eve@example.org", "a list"],
  [".ann@example.org", "a point at the start"],
  ["a..n@example.org", "two points"],
  ["ann@-example.org", "a hyphen at the start"],
  ["ann@exam_ple.org", "an underscore in the domain"],
  [`${"a".repeat(65)}@example.org`, "65 characters before the @"],
  [`ann@${"a".repeat(250)}.org`, "too long"],
  ["an\ud800n@example.org", "half of a surrogate pair"],
])("%j is none: %s", (text) => {
  expect(Email.safeParse(text).success).toBe(false);
});

test("an address is compared without its case, width and the way its domain is written", () => {
  expect(emailKey(" Ann@Example.ORG ")).toBe("ann@example.org");
  expect(emailKey("ann@bücher.example")).toBe(emailKey("ann@xn--bcher-kva.example"));
  expect(emailKey("ａｎｎ@example.org")).toBe("ann@example.org");
});

test("letters that only look alike stay apart", () => {
  expect(emailKey("аnn@example.org")).not.toBe(emailKey("ann@example.org"));
  expect(emailKey("mıke@example.org")).not.toBe(emailKey("mike@example.org"));
});
