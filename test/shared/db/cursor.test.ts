import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { AppError } from "../../../shared/platform/errors.ts";

const Key = z.tuple([z.string(), z.number()]);

function refusal(text: string, query: unknown = "q") {
  try {
    return decodeCursor(text, query, Key);
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, details: error.details };
    throw error;
  }
}

it("gives back the key that it was made of, whatever text is in it, and fits into an address", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer(), fc.jsonValue(), (text, number, query) => {
      const cursor = encodeCursor(query, [text, number]);
      expect(decodeCursor(cursor, query, Key)).toEqual([text, number]);
      expect(cursor).toMatch(/^[\w-]+$/);
    }),
  );
});

it("belongs to one query and is refused by any other", () => {
  const cursor = encodeCursor({ kind: "sale" }, ["a", 1]);
  expect(refusal(cursor, { kind: "bid" })).toMatchObject({
    code: "invalid_request",
    details: [{ pointer: "?cursor", message: expect.stringContaining("other filters") }],
  });
});

it("refuses a key of another shape, though it belongs to the query", () => {
  expect(refusal(encodeCursor("q", ["a", "b"]))).toMatchObject({ code: "invalid_request" });
});

it("refuses any text that is no cursor, and throws nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      expect(refusal(text)).toMatchObject({ code: "invalid_request" });
    }),
  );
});

it("is one text: no other spelling of the same bytes is taken", () => {
  const cursor = encodeCursor("q", ["a", 1]);
  for (const other of [`${cursor}=`, `${cursor} `, cursor.replace(/.$/, "$&\n")])
    expect(refusal(other)).toMatchObject({ code: "invalid_request" });
});
