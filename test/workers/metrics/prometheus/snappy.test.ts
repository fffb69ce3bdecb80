import fc from "fast-check";
import { compress } from "snappyjs";
import { expect, test } from "vitest";
import { SnappyError, UnpacksTooMuch, unpackSnappy } from "../../../../workers/metrics/prometheus/snappy.ts";

test("what another packs is unpacked, byte by byte the same", () => {
  // Few different bytes, repeated, so that there is something to copy; and literals of every length of their length.
  const repeated = fc
    .tuple(fc.uint8Array({ maxLength: 300, max: 3 }), fc.integer({ min: 1, max: 300 }))
    .map(([part, times]) => new Uint8Array(part.length * times).map((_, i) => part[i % part.length] ?? 0));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 2000 }), repeated), (bytes) => {
      expect(unpackSnappy(compress(bytes), bytes.length)).toEqual(new Uint8Array(bytes));
    }),
    { numRuns: 60 },
  );
  const long = new Uint8Array(70_000).map((_, i) => (i * i * 31) >> 7);
  expect(unpackSnappy(compress(long), long.length)).toEqual(long);
});

test("it says first how much it is, so that nothing is unpacked which is too much", () => {
  const block = compress(new Uint8Array(1_000_000));
  expect(() => unpackSnappy(block, 999_999)).toThrow(UnpacksTooMuch);
  // 4 GiB in six bytes.
  expect(() => unpackSnappy(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, 0]), 1000)).toThrow(UnpacksTooMuch);
});

test.each([
  ["nothing", []],
  ["a length that does not end", [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ["a literal that is cut off", [4, 12, 1, 2]],
  ["a literal whose length is cut off", [4, 0xf4, 1]],
  ["a copy from before the beginning", [4, 0, 1, 0x01, 5]],
  ["a copy from nowhere", [8, 0, 1, 0x01, 0]],
  ["more than its length says", [1, 4, 1, 2]],
  ["less than its length says", [3, 4, 1, 2]],
])("%s is refused", (_what, block) => {
  expect(() => unpackSnappy(new Uint8Array(block), 1000)).toThrow(SnappyError);
});

test("whatever bytes come, it ends with what they hold or says that they are none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(unpackSnappy(bytes, 1000).length).toBeLessThanOrEqual(1000);
      } catch (error) {
        if (!(error instanceof SnappyError || error instanceof UnpacksTooMuch)) throw error;
      }
    }),
    { numRuns: 300 },
  );
});
