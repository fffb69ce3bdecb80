import { expect, test } from "vitest";
import { splitByDirection } from "../../workers/openapi-directions.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const body = (schema: unknown) => ({ content: { "application/json": { schema } } });
const operation = (given: { sent?: unknown; answered?: unknown }) => ({
  post: {
    ...("sent" in given && { requestBody: body(given.sent) }),
    responses: { "200": { description: "Done", ...body(given.answered ?? {}) } },
  },
});
const split = (schemas: Record<string, unknown>, given: { sent?: unknown; answered?: unknown }) =>
  splitByDirection({ paths: { "/x": operation(given) }, components: { schemas } });

const level = { type: "string", default: "info", description: "How loud." };
const object = (properties: Record<string, unknown>, ...required: string[]) => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});

test("a field with a default may be left out of a request, which says so in words", () => {
  const { components } = split({ Rule: object({ name: {}, level }, "name") }, { sent: ref("Rule") });
  const said = { type: "string", examples: ["info"], description: 'How loud. Default: `"info"`' };
  expect(components.schemas).toEqual({ Rule: object({ name: {}, level: said }, "name") });
});

test("a field with a default is there in every answer", () => {
  const { components } = split({ Rule: object({ name: {}, level }, "name") }, { answered: ref("Rule") });
  const told = { type: "string", description: "How loud." };
  expect(components.schemas).toEqual({ Rule: object({ name: {}, level: told }, "name", "level") });
});

test("what goes both ways is there twice, with what it is made of, where the ways differ", () => {
  const schemas = {
    Rule: object({ hours: ref("Hours"), subject: ref("Subject") }),
    Hours: object({ start: { default: "00:00" } }),
    Subject: object({ metric: { type: "string" } }, "metric"),
  };
  const { paths, components } = split(schemas, {
    sent: ref("Rule"),
    answered: { type: "array", items: ref("Rule") },
  });
  expect(paths["/x"]).toEqual(
    operation({ sent: ref("RuleInput"), answered: { type: "array", items: ref("Rule") } }),
  );
  expect(components.schemas).toEqual({
    Rule: schemas.Rule,
    RuleInput: object({ hours: ref("HoursInput"), subject: ref("Subject") }),
    Hours: object({ start: {} }, "start"),
    HoursInput: object({ start: { examples: ["00:00"], description: 'Default: `"00:00"`' } }),
    Subject: schemas.Subject,
  });
});

test("two schemas that refer to each other come to an end", () => {
  const schemas = {
    Node: object({ next: ref("Link") }),
    Link: object({ to: ref("Node"), weight: { default: 1 } }),
  };
  const { components } = split(schemas, { sent: ref("Node"), answered: ref("Node") });
  expect(Object.keys(components.schemas)).toEqual(["Node", "NodeInput", "Link", "LinkInput"]);
});

test("what a webhook carries is sent by this API, so every field is there", () => {
  const webhook = { post: { requestBody: body(object({ block: { default: null } })), responses: {} } };
  const { webhooks } = splitByDirection({ webhooks: { sale: webhook } });
  expect(webhooks.sale.post.requestBody).toEqual(body(object({ block: {} }, "block")));
});

test("names of fields and values of examples are left as they are", () => {
  const schema = {
    ...object({
      default: { type: "string" },
      properties: { type: "array", items: {} },
      $ref: { type: "string" },
    }),
    example: { properties: { level: { default: 1 } } },
  };
  expect(split({ Odd: schema }, { sent: ref("Odd"), answered: ref("Odd") }).components.schemas).toEqual({
    Odd: schema,
  });
});

test("a name that is taken is not given again", () => {
  const schemas = { Rule: object({ level }), RuleInput: object({}) };
  expect(() => split(schemas, { sent: ref("Rule"), answered: ref("Rule") })).toThrow("RuleInput");
});
