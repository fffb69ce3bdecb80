import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { GzipError, gunzip, InflatesTooMuch } from "../../../shared/platform/gunzip.ts";

const MB = 1024 * 1024;
const packed = (text: string) => new Uint8Array(gzipSync(text));
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const unpack = (bytes: Uint8Array, limit = MB) => new TextDecoder().decode(gunzip(bytes, limit));

it("inflates one member and several, small and larger than a slice", () => {
  expect(unpack(packed("a reading"))).toBe("a reading");
  expect(unpack(packed(""))).toBe("");
  const noise = Array.from({ length: 40_000 }, (_, i) => Math.imul(i, 2_654_435_761).toString(36)).join("");
  expect(unpack(packed(noise))).toBe(noise);
  expect(unpack(joined(packed("one "), packed(""), packed(noise), packed(" two")))).toBe(`one ${noise} two`);
});

it.each([
  ["nothing", new Uint8Array()],
  ["another format", new TextEncoder().encode('{"samples":[]}')],
  ["half a header", packed("x").slice(0, 6)],
  ["junk after it", joined(packed("x"), new TextEncoder().encode("junk"))],
  ["zeros after it", joined(packed("x"), new Uint8Array(20))],
  ["half of a second member", joined(packed("x"), packed("y").slice(0, 15))],
  ["a flag that gzip does not know", packed("x").map((byte, i) => (i === 3 ? 0x80 : byte))],
  ["another method than deflate", packed("x").map((byte, i) => (i === 2 ? 7 : byte))],
  ["a wrong checksum", packed("x").map((byte, i, all) => (i === all.length - 8 ? byte ^ 1 : byte))],
  ["a wrong length", packed("x").map((byte, i, all) => (i === all.length - 4 ? byte ^ 1 : byte))],
])("refuses %s", (_what, bytes) => {
  expect(() => gunzip(bytes, MB)).toThrow(GzipError);
});

it("refuses what is cut off, wherever it is cut", () => {
  const whole = packed("a reading and another reading");
  for (let length = 0; length < whole.length; length += 1)
    expect(() => gunzip(whole.slice(0, length), MB), `${length} bytes`).toThrow(GzipError);
});

it("stops as soon as more comes out than is allowed", () => {
  expect(unpack(packed("x".repeat(MB)))).toHaveLength(MB);
  expect(() => gunzip(packed("x".repeat(MB + 1)), MB)).toThrow(InflatesTooMuch);
  expect(() => gunzip(joined(packed("x".repeat(MB)), packed("x")), MB)).toThrow(InflatesTooMuch);
});
