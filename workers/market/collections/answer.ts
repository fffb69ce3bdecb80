import type { z } from "zod";

/** The answer of a route that went well, for its OpenAPI declaration. */
export function answer<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { 200: { description, content: { "application/json": { schema } } } };
}
