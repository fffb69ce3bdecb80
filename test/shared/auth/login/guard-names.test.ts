import { expect, test } from "vitest";
import { accountGuardName, addressGuardName } from "../../../../shared/auth/login/guard-names.ts";

test("an IPv4 address is counted by itself, an IPv6 address with its /64", () => {
  const name = (ip: string) => addressGuardName("login", ip);
  expect(name("192.0.2.1")).not.toBe(name("192.0.2.2"));
  expect(name("2001:db8:1:2::1")).toBe(name("2001:0db8:0001:0002:aaaa:bbbb:cccc:dddd"));
  expect(name("2001:db8:1:2::1")).not.toBe(name("2001:db8:1:3::1"));
  expect(name("2001:db8::1")).toBe(name("2001:db8:0:0:ffff::"));
  expect(name("::1")).toBe(name("0:0:0:0:0:0:0:9"));
  expect(name("::ffff:192.0.2.1")).toBe(name("192.0.2.1"));
});

test("the name of an account's guard does not show its address", async () => {
  expect(await accountGuardName("ann@example.org")).not.toContain("ann");
});
