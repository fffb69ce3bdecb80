import { expect, test } from "vitest";
import { type Answered, DocumentedAnswers } from "./check.ts";
import { closeSchemas } from "./close.ts";

const json = (schema: unknown) => ({ description: "Done", content: { "application/json": { schema } } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const object = (properties: Record<string, unknown>) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
});

const documented = new DocumentedAnswers(
  closeSchemas({
    paths: {
      "/api/v1/keys": { post: { operationId: "makeKey", responses: { "201": json(ref("MadeKey")) } } },
      "/api/v1/keys/{id}": {
        get: { operationId: "getKey", responses: { "200": json(ref("Key")) } },
        delete: { operationId: "endKey", responses: { "204": { description: "Gone" } } },
      },
      "/api/v1/keys/count": {
        get: { operationId: "countKeys", responses: { "200": json(object({ count: {} })) } },
      },
    },
    components: {
      schemas: {
        Problem: object({ code: { type: "string" } }),
        Key: object({ id: { type: "string" }, used_at: { type: ["string", "null"] } }),
        MadeKey: { allOf: [ref("Key"), object({ key: { type: "string" } })] },
      },
    },
  }),
);

const faultIn = (body: unknown, given: Partial<Answered> = {}) =>
  documented.faultIn({
    method: "GET",
    path: "/api/v1/keys/key_1",
    status: 200,
    contentType: "application/json; charset=utf-8",
    body: JSON.stringify(body),
    ...given,
  });
const key = { id: "key_1", used_at: null };

test("finds nothing in an answer that is as documented, by either address", () => {
  expect(faultIn(key)).toBeNull();
  expect(faultIn(key, { path: "/api/keys/key_1" })).toBeNull();
  expect(faultIn({ count: 1 }, { path: "/api/v1/keys/count" })).toBeNull();
  expect(faultIn({ ...key, key: "xs" }, { method: "POST", path: "/api/v1/keys", status: 201 })).toBeNull();
  const gone = { method: "DELETE", status: 204, contentType: null, body: undefined };
  expect(faultIn(null, gone)).toBeNull();
});

test("names the operation, the place and what is wrong there", () => {
  expect(faultIn({ ...key, used_at: 1 })).toContain(
    "getKey (GET /api/v1/keys/key_1) answered 200: /used_at must be",
  );
  expect(faultIn({ id: "key_1" })).toContain("must have required property 'used_at'");
});

test("finds a field that is not documented, also beside those of another schema", () => {
  expect(faultIn({ ...key, secret: "xs" })).toContain('{"unevaluatedProperty":"secret"}');
  const made = { ...key, key: "xs", secret: "xs" };
  expect(faultIn(made, { method: "POST", path: "/api/v1/keys", status: 201 })).toContain('"secret"');
});

test("finds a status, a type and content that are not documented", () => {
  expect(faultIn(key, { status: 418 })).toContain("the status is not documented");
  expect(faultIn(key, { contentType: "text/html" })).toContain(
    "the type text/html, and documented are application/json",
  );
  expect(faultIn(key, { method: "DELETE", status: 204 })).toContain("none is documented");
});

test("expects a problem document where there is no operation", () => {
  const contentType = "application/problem+json";
  expect(faultIn({ code: "not_found" }, { path: "/api/v1/locks", status: 404, contentType })).toBeNull();
  expect(faultIn({}, { method: "PATCH", status: 405, contentType })).toContain("'code'");
  expect(faultIn(key, { path: "/api/v1/locks" })).toContain("the status is not documented");
});

test("leaves alone the page, preflights, and the body of HEAD", () => {
  expect(faultIn(key, { path: "/alerts" })).toBeNull();
  expect(faultIn({}, { method: "OPTIONS", status: 204 })).toBeNull();
  expect(faultIn(undefined, { method: "HEAD", body: undefined })).toBeNull();
});
