import { CATALOGUE, exampleMessage, messageSchema } from "../../../shared/webhooks/catalogue.ts";

const HEADERS = {
  "webhook-id":
    "The message's id, the same at every attempt: whoever has seen it answers 200 and does nothing",
  "webhook-timestamp": "When this attempt was made, in seconds since 1970",
  "webhook-signature": "One or more of v1,<base64>, separated by spaces (Standard Webhooks 1.0.0)",
};

const parameters = Object.entries(HEADERS).map(([name, description]) => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
}));

const operationOf = (type: string) =>
  `receive${type.replace(/(?:^|[._])([a-z])/g, (_, letter: string) => letter.toUpperCase())}`;

/** The `webhooks` section of an OpenAPI 3.1 document: what this API sends, made from the catalogue. */
export function openApiWebhooks() {
  return Object.fromEntries(
    CATALOGUE.map((entry) => {
      const { $schema: _, ...schema } = messageSchema(entry);
      const content = { "application/json": { schema, example: exampleMessage(entry) } };
      const post = {
        operationId: operationOf(entry.type),
        tags: ["webhooks"],
        summary: entry.description,
        description: `Sent to every webhook that asks for \`${entry.type}\`. It is signed, and sent again by the schedule until it is answered with 2XX.`,
        security: [],
        parameters,
        requestBody: { required: true, content },
        responses: {
          "2XX": { description: "Taken; the message is not sent again" },
          "410": { description: "The address is gone for good; the webhook is disabled" },
          default: { description: "Not taken; it is tried again by the schedule" },
        },
      };
      return [entry.type, { post }];
    }),
  );
}
