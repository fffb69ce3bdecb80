import { expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "../../workers/openapi.ts";
import { root } from "../../workers/root.ts";

const Operation = z.looseObject({
  operationId: z.string(),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  responses: z.record(z.string(), z.unknown()),
});
const Document = z.looseObject({
  info: z.looseObject({ license: z.unknown() }),
  tags: z.array(z.object({ name: z.string(), description: z.string().min(1) })),
  paths: z.record(z.string(), z.record(z.string(), Operation)),
});

const document = Document.parse(JSON.parse(JSON.stringify(openApiDocument(root, "1.0.0"))));
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);

/** Every object in the document, with where it stands. */
function* objects(value: unknown, at = ""): Generator<{ at: string; object: Record<string, unknown> }> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield { at, object: { ...value } };
  for (const [name, entry] of Object.entries(value)) yield* objects(entry, `${at}/${name}`);
}
const placesWhere = (holds: (object: Record<string, unknown>) => boolean) =>
  [...objects(document)].filter(({ object }) => holds(object)).map(({ at }) => at);
/** What an operation says of itself, where it does not say all that it should. */
const operationsWhere = (holds: (operation: (typeof operations)[number]) => boolean) =>
  operations.filter(holds).map(({ operationId }) => operationId);

test("holds nothing that is not OpenAPI", () => {
  expect(placesWhere((object) => "middleware" in object)).toEqual([]);
  expect(document.info.license).toEqual({ name: "MIT License", identifier: "MIT" });
});

test("every array says what it holds", () => {
  const isArray = ({ type }: Record<string, unknown>) => [type].flat().includes("array");
  expect(placesWhere((object) => isArray(object) && !("items" in object))).toEqual([]);
});

test("every pattern is one that JSON Schema knows, without flags", () => {
  const isBroken = (pattern: string) => {
    new RegExp(pattern, "u");
    return /\/[a-z]+$/.test(pattern);
  };
  expect(placesWhere(({ pattern }) => typeof pattern === "string" && isBroken(pattern))).toEqual([]);
});

test("what may be null can be null", () => {
  const impossible = ({ allOf }: Record<string, unknown>) =>
    Array.isArray(allOf) && allOf.some((part) => [part.type].flat().includes("null"));
  expect(placesWhere(impossible)).toEqual([]);
});

test("every operation and tag is described, and every tag is listed", () => {
  const tags = new Set(document.tags.map(({ name }) => name));
  expect(operationsWhere(({ description = "" }) => description === "")).toEqual([]);
  expect(operationsWhere((operation) => !operation.tags.some((tag) => tags.has(tag)))).toEqual([]);
});

test("every operation has an answer of success and one of refusal", () => {
  const has = (operation: (typeof operations)[number], status: RegExp) =>
    Object.keys(operation.responses).some((known) => status.test(known));
  expect(operationsWhere((operation) => !has(operation, /^(?:2|101)/))).toEqual([]);
  expect(operationsWhere((operation) => !has(operation, /^4/))).toEqual([]);
});

test("429 and 503 are listed where they can come", () => {
  const lacks = (status: string) => operationsWhere(({ responses }) => !(status in responses));
  // Who is known by a session alone has no limit of requests; these count no attempts either.
  const unlimited = operations
    .filter(
      (operation) =>
        !z
          .looseObject({ "x-access": z.object({ kind: z.enum(["permission", "market"]) }) })
          .safeParse(operation).success,
    )
    .map(({ operationId }) => operationId);
  expect(lacks("429").filter((operationId) => !unlimited.includes(operationId))).toEqual([]);
  for (const counted of ["logIn", "issueToken", "register", "forgotPassword", "refreshTokens"])
    expect(lacks("429")).not.toContain(counted);
  // A deployment without good settings serves nothing at all.
  expect(lacks("503")).toEqual([]);
});

test("generators of clients find the fields of the token form in one list", () => {
  expect(document).toMatchObject({
    components: { schemas: { TokenForm: { type: "object", required: ["grant_type"] } } },
  });
});
