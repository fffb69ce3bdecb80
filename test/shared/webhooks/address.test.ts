import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AddressRules, refuseAddress } from "../../../shared/webhooks/address.ts";
import { isPublicAddress } from "../../../shared/webhooks/public-address.ts";

const RULES: AddressRules = { own_host: "xsema.example.com", allow_local: false, ports: [443, 8443] };
const LOCAL: AddressRules = { ...RULES, allow_local: true };

describe("an endpoint's address", () => {
  it.each([
    "https://hooks.example.com/xsema?tenant=1",
    "https://hooks.example.com:8443/",
    "https://8.8.8.8/",
    "https://[2606:4700:4700::1111]/",
    "https://bücher.example/",
    "https://local.example.com/",
    "https://172.15.255.255/",
    "https://172.32.0.0/",
    "https://[64:ff9b::808:808]/",
  ])("may be %s", (url) => {
    expect(refuseAddress(url, RULES)).toBeNull();
  });

  it.each([
    ["no https", "http://hooks.example.com/"],
    ["another scheme", "ftp://hooks.example.com/"],
    ["no address", "hooks.example.com"],
    ["a user", "https://user@hooks.example.com/"],
    ["a password", "https://:secret@hooks.example.com/"],
    ["a fragment", "https://hooks.example.com/#a"],
    ["an odd port", "https://hooks.example.com:22/"],
    ["port 80", "https://hooks.example.com:80/"],
    ["the deployment itself", "https://xsema.example.com/api"],
    ["the same with a dot and capitals", "https://XSEMA.Example.com./api"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback, short", "https://127.1/"],
    ["loopback, decimal", "https://2130706433/"],
    ["loopback, octal", "https://0177.0.0.1/"],
    ["loopback, hexadecimal", "https://0x7f000001/"],
    ["loopback, mixed", "https://0x7f.1/"],
    ["loopback, full width", "https://１２７.０.０.１/"],
    ["loopback, circled", "https://①②⑦.0.0.1/"],
    ["loopback, escaped", "https://%31%32%37.0.0.1/"],
    ["loopback with a dot", "https://127.0.0.1./"],
    ["this network", "https://0.0.0.0/"],
    ["this network, empty", "https://0/"],
    ["private 10", "https://10.255.255.255/"],
    ["private 172", "https://172.16.0.1/"],
    ["private 192", "https://192.168.1.1/"],
    ["carrier-grade NAT", "https://100.64.0.1/"],
    ["metadata", "https://169.254.169.254/"],
    ["Azure's wire server", "https://168.63.129.16/"],
    ["benchmarks", "https://198.19.0.1/"],
    ["documentation", "https://203.0.113.7/"],
    ["multicast", "https://224.0.0.1/"],
    ["reserved", "https://240.0.0.1/"],
    ["broadcast", "https://255.255.255.255/"],
    ["IPv6 loopback", "https://[::1]/"],
    ["IPv6 unspecified", "https://[::]/"],
    ["IPv6 mapped", "https://[::ffff:10.0.0.1]/"],
    ["IPv6 mapped, hexadecimal", "https://[::ffff:7f00:1]/"],
    ["IPv6 translated", "https://[::ffff:0:127.0.0.1]/"],
    ["IPv6 compatible", "https://[::127.0.0.1]/"],
    ["NAT64", "https://[64:ff9b::10.0.0.1]/"],
    ["NAT64 for local use", "https://[64:ff9b:1::8.8.8.8]/"],
    ["6to4", "https://[2002:7f00:1::]/"],
    ["Teredo", "https://[2001:0:808:808::]/"],
    ["unique local", "https://[fd00::1]/"],
    ["link-local", "https://[fe80::1]/"],
    ["site-local", "https://[fec0::1]/"],
    ["IPv6 multicast", "https://[ff02::1]/"],
    ["IPv6 documentation", "https://[2001:db8::1]/"],
    ["newer IPv6 documentation", "https://[3fff:0abc::1]/"],
    ["IPv6 discard", "https://[100::1]/"],
    ["localhost", "https://localhost/"],
    ["below localhost", "https://a.localhost/"],
    ["localhost with a dot", "https://localhost./"],
    ["a single label", "https://intranet/"],
    ["internal", "https://metadata.google.internal/"],
    ["local", "https://printer.local/"],
    ["home", "https://nas.home.arpa/"],
  ])("is refused: %s", (_, url) => {
    expect(refuseAddress(url, RULES)).toMatch(/^must /);
  });

  it("may use any port where the settings say so, and still no private address", () => {
    const rules = { ...RULES, ports: "any" as const };
    expect(refuseAddress("https://hooks.example.com:9999/", rules)).toBeNull();
    expect(refuseAddress("https://10.0.0.1:9999/", rules)).not.toBeNull();
  });

  it.each([
    "http://127.0.0.1:9000/",
    "http://localhost:9000/",
    "http://[::1]:9000/",
    "http://hooks.example.com/",
  ])("may be %s on the local platform", (url) => {
    expect(refuseAddress(url, LOCAL)).toBeNull();
  });

  it.each([
    "http://10.0.0.1/",
    "http://169.254.169.254/",
    "http://0.0.0.0/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://user@127.0.0.1/",
    "http://printer.local/",
    "ftp://127.0.0.1/",
  ])("is refused on the local platform too: %s", (url) => {
    expect(refuseAddress(url, LOCAL)).not.toBeNull();
  });
});

describe("a public address", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  const inside = fc.oneof(
    fc.tuple(fc.constantFrom(0, 10, 127), octet, octet, octet),
    fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
    fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
    fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
    fc.tuple(fc.constant(198), fc.constantFrom(18, 19), octet, octet),
    fc.tuple(fc.integer({ min: 224, max: 255 }), octet, octet, octet),
  );

  it("is none of the private and reserved IPv4 blocks, however it is written or wrapped", () => {
    fc.assert(
      fc.property(inside, ([a, b, c, d]) => {
        const value = ((a * 256 + b) * 256 + c) * 256 + d;
        const hex = value.toString(16).padStart(8, "0");
        const [high, low] = [hex.slice(0, 4), hex.slice(4)];
        const hosts = [
          `${a}.${b}.${c}.${d}`,
          String(value),
          `0x${hex}`,
          `0${a.toString(8)}.0x${b.toString(16)}.${c * 256 + d}`,
          `[::ffff:${high}:${low}]`,
          `[::${high}:${low}]`,
          `[64:ff9b::${high}:${low}]`,
          `[2002:${high}:${low}::1]`,
        ];
        for (const host of hosts) expect(refuseAddress(`https://${host}/`, RULES)).toMatch(/^must /);
        expect(isPublicAddress(`${a}.${b}.${c}.${d}`)).toBe(false);
      }),
    );
  });

  it("is nothing that is no address", () => {
    for (const text of ["", "hooks.example.com", "1.2.3", "256.1.1.1", "::g", "[::1", "1.2.3.4.5", "cname."])
      expect(isPublicAddress(text)).toBe(false);
  });
});
