import { expect, it } from "vitest";
import { openApiDocument } from "../../workers/openapi.ts";
import { root } from "../../workers/root.ts";

it("the OpenAPI document can be made of everything that is mounted, and is plain JSON", () => {
  const document = openApiDocument(root, "1.0.0");
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.paths ?? {}).length).toBeGreaterThan(40);
  expect(JSON.parse(JSON.stringify(document)).webhooks["market.sale"].post.requestBody.required).toBe(true);
});
