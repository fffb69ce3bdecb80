import { z } from "zod";

type Json = Record<string, unknown>;
const Json = z.record(z.string(), z.unknown());
const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const COMPONENT = "#/components/schemas/";
const VALUES = new Set(["const", "default", "enum", "example", "examples"]);

/**
 * The document with schemas that take no field beside those that they name: what is answered and not documented is a
 * fault, though clients must bear it.
 */
export function closeSchemas(document: Json): Json {
  const schemas = Json.parse(Json.parse(document.components).schemas);

  /** Parts of an `allOf` stay open at their own level, for the sake of each other. */
  function openPart(part: unknown): unknown {
    const { $ref } = isJson(part) ? part : {};
    const schema = typeof $ref === "string" ? schemas[$ref.slice(COMPONENT.length)] : part;
    if (!isJson(schema)) return schema;
    const { unevaluatedProperties: _, ...open } = Json.parse(close(schema));
    return open;
  }

  function close(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(close);
    if (!isJson(value)) return value;
    const closed = Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        if (VALUES.has(key)) return [key, part];
        if (key === "allOf" && Array.isArray(part)) return [key, part.map(openPart)];
        if (key === "properties" && isJson(part))
          return [key, Object.fromEntries(Object.entries(part).map(([name, field]) => [name, close(field)]))];
        return [key, close(part)];
      }),
    );
    const isOpen = "additionalProperties" in value || !("properties" in value || "allOf" in value);
    return isOpen ? closed : { ...closed, unevaluatedProperties: false };
  }

  return Json.parse(close(document));
}
