/**
 * A field that has a default may be left out of a request and is there in every answer. One schema cannot say both, and
 * generators of clients read `default` each in their own way: some make such a field required everywhere, others optional
 * everywhere. So requests and answers get schemas of their own, which say it by `required` alone.
 */
type Direction = "request" | "answer";
type Json = Record<string, unknown>;

const COMPONENT = "#/components/schemas/";
/** What stands there is a value, not a schema. */
const VALUES = new Set(["const", "default", "enum", "example", "examples"]);
/** What stands there has names of the API as its keys. */
const NAMED = new Set(["properties", "patternProperties", "$defs"]);

type NameOf = (component: string, direction: Direction) => string;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapValues(value: unknown, change: (entry: unknown, key: string) => unknown): unknown {
  if (!isJson(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, change(entry, key)]));
}

/** A field of a request names its default in words, where a reader finds it; it is the example too, unless there is one. */
function withoutDefault(field: unknown, direction: Direction): unknown {
  if (!isJson(field) || !("default" in field)) return field;
  const { default: standard, description, ...rest } = field;
  if (direction === "answer") return { ...rest, ...(description !== undefined && { description }) };
  const words = typeof description === "string" ? `${description.replace(/\.$/, "")}. ` : "";
  const shown = "example" in rest || "examples" in rest ? {} : { examples: [standard] };
  return { ...rest, ...shown, description: `${words}Default: \`${JSON.stringify(standard)}\`` };
}

/** The schema as it holds in one direction. `nameOf` is asked for the name of every component that it refers to. */
function schemaFor(schema: unknown, direction: Direction, nameOf: NameOf): unknown {
  if (Array.isArray(schema)) return schema.map((part) => schemaFor(part, direction, nameOf));
  const shaped = mapValues(schema, (part, key) => {
    if (VALUES.has(key)) return part;
    if (key === "$ref" && typeof part === "string" && part.startsWith(COMPONENT))
      return COMPONENT + nameOf(part.slice(COMPONENT.length), direction);
    return NAMED.has(key)
      ? mapValues(part, (named) => schemaFor(named, direction, nameOf))
      : schemaFor(part, direction, nameOf);
  });
  if (!isJson(shaped) || !isJson(shaped.properties)) return shaped;
  const { properties, required, ...rest } = shaped;
  const present = Object.keys(properties).filter(
    (name) => direction === "answer" && isJson(properties[name]) && "default" in properties[name],
  );
  const names = [...new Set([...(Array.isArray(required) ? required : []), ...present])];
  return {
    ...rest,
    properties: mapValues(properties, (field) => withoutDefault(field, direction)),
    ...(names.length > 0 && { required: names }),
  };
}

/** The bodies of the operations on a path, each schema handed to `change` with the direction it goes. */
function mapBodies(
  paths: unknown,
  sent: Direction,
  change: (schema: unknown, direction: Direction) => unknown,
) {
  const mapContent = (body: unknown, direction: Direction) =>
    mapValues(body, (content, key) =>
      key !== "content"
        ? content
        : mapValues(content, (media) =>
            mapValues(media, (part, name) => (name === "schema" ? change(part, direction) : part)),
          ),
    );
  return mapValues(paths, (operations) =>
    mapValues(operations, (operation) =>
      mapValues(operation, (part, key) => {
        if (key === "requestBody") return mapContent(part, sent);
        return key === "responses" ? mapValues(part, (answer) => mapContent(answer, "answer")) : part;
      }),
    ),
  );
}

/** The components that differ by direction, by themselves or by what they refer to, of those that go both ways. */
function findDiffering(schemas: Json, both: string[]): Set<string> {
  const written = (name: string, direction: Direction, differing: Set<string>) =>
    JSON.stringify(
      schemaFor(schemas[name], direction, (other, way) => (differing.has(other) ? `${other} ${way}` : other)),
    );
  const found = new Set<string>();
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const name of both)
      if (written(name, "request", found) !== written(name, "answer", found)) found.add(name);
  }
  return found;
}

/**
 * The document with schemas by direction. A component that goes both ways and differs is there twice: `Name` as it is
 * answered, `NameInput` as it is sent. Webhooks are sent by this API: what they carry counts as an answer.
 */
export function splitByDirection<
  Document extends { paths?: unknown; webhooks?: unknown; components?: unknown },
>(document: Document): Document {
  const components = isJson(document.components) ? document.components : {};
  const schemas = isJson(components.schemas) ? components.schemas : {};
  const reached = { request: new Set<string>(), answer: new Set<string>() };
  const follow = (schema: unknown, direction: Direction): unknown =>
    schemaFor(schema, direction, (name) => {
      if (!reached[direction].has(name)) {
        reached[direction].add(name);
        follow(schemas[name], direction);
      }
      return name;
    });
  mapBodies(document.paths, "request", follow);
  mapBodies(document.webhooks, "answer", follow);

  const differing = findDiffering(
    schemas,
    [...reached.request].filter((name) => reached.answer.has(name)),
  );
  const nameOf: NameOf = (name, direction) =>
    direction === "request" && differing.has(name) ? `${name}Input` : name;
  const split = Object.entries(schemas).flatMap(([name, schema]) => {
    const answer = schemaFor(schema, "answer", nameOf);
    const request = schemaFor(schema, "request", nameOf);
    if (!reached.answer.has(name)) return [[name, request]];
    return differing.has(name)
      ? [
          [name, answer],
          [`${name}Input`, request],
        ]
      : [[name, answer]];
  });
  const names = split.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two schemas of the OpenAPI document would be named ${twice}`);
  const change = (schema: unknown, direction: Direction) => schemaFor(schema, direction, nameOf);
  return {
    ...document,
    paths: mapBodies(document.paths, "request", change),
    webhooks: mapBodies(document.webhooks, "answer", change),
    components: { ...components, schemas: Object.fromEntries(split) },
  };
}
