import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { WebhookEventType } from "../../../shared/contracts/webhooks.ts";
import { CATALOGUE, exampleMessage, messageSchema } from "../../../shared/webhooks/catalogue.ts";
import { openApiWebhooks } from "../../../workers/webhooks/catalogue/openapi-webhooks.ts";

describe("the catalogue of event types", () => {
  it("holds every type once", () => {
    expect(CATALOGUE.map(({ type }) => type).toSorted()).toEqual(WebhookEventType.options.toSorted());
  });

  it.each(CATALOGUE.map((entry) => [entry.type, entry] as const))(
    "has an example of %s that its own JSON Schema takes, and nothing of another type",
    (_type, entry) => {
      const ajv = new Ajv2020({ strict: false });
      addFormats.default(ajv);
      const validate = ajv.compile(messageSchema(entry));
      validate(exampleMessage(entry));
      expect(validate.errors ?? []).toEqual([]);
      expect(entry.data.safeParse(entry.example).success).toBe(true);
      expect(validate({ ...exampleMessage(entry), type: "other" })).toBe(false);
      expect(validate({ ...exampleMessage(entry), data: 1 })).toBe(false);
    },
  );

  it("stands in the OpenAPI document without references that lead nowhere", () => {
    const webhooks = openApiWebhooks();
    expect(Object.keys(webhooks)).toHaveLength(CATALOGUE.length);
    expect(JSON.stringify(webhooks)).not.toContain("$ref");
  });
});
