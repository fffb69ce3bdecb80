import { expect, test } from "vitest";
import { lintOpenApi } from "../../../scripts/openapi/lint.ts";

const answer = { description: "Done", content: { "text/plain": { schema: { type: "string" } } } };

/** A small document that nothing can be said against, with another operation in place of its own. */
function documentWith(operation: Record<string, unknown>) {
  const whole = {
    operationId: "readTime",
    summary: "Tells the time",
    description: "As the server knows it.",
    tags: ["time"],
    security: [],
    responses: { "200": answer, "400": answer },
  };
  return {
    openapi: "3.1.0",
    info: {
      title: "Time",
      version: "1.0.0",
      description: "Tells the time.",
      license: { name: "MIT License", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [{ name: "time", description: "What time it is" }],
    paths: { "/time": { get: { ...whole, ...operation } } },
  };
}

const findingsIn = (operation: Record<string, unknown>) => lintOpenApi(documentWith(operation));
const rulesIn = async (operation: Record<string, unknown>) =>
  (await findingsIn(operation)).map(({ rule }) => rule);

test("has nothing against a good document, nor against a socket, which is answered with 101", async () => {
  expect(await findingsIn({})).toEqual([]);
  expect(await findingsIn({ responses: { "101": { description: "Open" }, "400": answer } })).toEqual([]);
});

test("asks for an answer of success where there is no socket", async () => {
  expect(await rulesIn({ responses: { "400": answer } })).toEqual(
    expect.arrayContaining(["redocly/operation-2xx-response", "spectral/operation-success-response"]),
  );
});

test("asks for descriptions, and says where they are missing", async () => {
  const parameter = { name: "zone", in: "query", schema: { type: "string" } };
  const findings = await findingsIn({ description: undefined, parameters: [parameter] });
  const places = findings.map(({ rule, path }) => `${rule} ${path}`);
  expect(places).toEqual(
    expect.arrayContaining([
      "redocly/parameter-description /paths/~1time/get/parameters/0",
      "spectral/operation-description /paths/~1time/get",
    ]),
  );
});

test("hears of what no OpenAPI document may hold from each of the linters", async () => {
  const linters = (await rulesIn({ middleware: [null] })).map((rule) => rule.split("/")[0]);
  expect(new Set(linters)).toEqual(new Set(["redocly", "spectral", "swagger-parser"]));
});
