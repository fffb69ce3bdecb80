import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";

const Answer = z.object({
  content: z.record(z.string(), z.object({ schema: z.unknown().optional() })).default({}),
});
const Operation = z.object({ operationId: z.string(), responses: z.record(z.string(), Answer) });
const Document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), Operation)) });

/** An answer as a client had it. */
export interface Answered {
  method: string;
  /** As it was asked for, without the query. */
  path: string;
  status: number;
  contentType: string | null;
  /** JSON alone is read. */
  body?: string | undefined;
}

export function isJsonType(contentType: string | null): boolean {
  return /^application\/(?:[\w.-]+\+)?json\b/i.test(contentType ?? "");
}

interface Route {
  pattern: RegExp;
  operations: Record<string, z.output<typeof Operation>>;
}

const escaped = (text: string) => text.replaceAll(/[.*+?^$()|[\]\\]/g, "\\$&");

const problem = {
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};
/** What is no operation is refused for all alike. */
const UNKNOWN = { 404: problem, 405: problem, 503: problem };

/** Compares answers with the OpenAPI document. Schemas are compiled when they are first needed. */
export class DocumentedAnswers {
  readonly #routes: Route[];
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(document: Record<string, unknown>) {
    const { paths } = Document.parse(document);
    // What is written out goes before what a parameter stands for: `/alerts/count` before `/alerts/{id}`.
    const names = Object.keys(paths).sort((a, b) => a.split("{").length - b.split("{").length);
    this.#routes = names.map((path) => ({
      pattern: new RegExp(`^${escaped(path).replaceAll(/\{\w+\}/g, "[^/]+")}$`),
      operations: paths[path] ?? {},
    }));
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false, allowUnionTypes: true });
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(document, "openapi.json");
  }

  /** What an answer has that the document does not say; null where it is as documented, or of what has no document. */
  faultIn(answer: Answered): string | null {
    const path = answer.path.replace(/^\/api\/(?!v\d)/, "/api/v1/");
    const route = this.#routes.find(({ pattern }) => pattern.test(path));
    const method = answer.method.toLowerCase();
    const operation = route?.operations[method === "head" ? "get" : method];
    const isApi = answer.path.startsWith("/api/v1/");
    // A preflight is CORS's; the page and its files have no document.
    if (method === "options" || (operation === undefined && !isApi)) return null;
    const fault = this.#compare(operation?.responses ?? UNKNOWN, answer);
    return (
      fault &&
      `${operation?.operationId ?? "no operation"} (${answer.method} ${answer.path}) answered ${answer.status}: ${fault}`
    );
  }

  #compare(
    responses: z.output<typeof Operation>["responses"],
    { method, status, contentType, body }: Answered,
  ): string | null {
    const documented = responses[status];
    if (documented === undefined) return `the status is not documented; ${body?.slice(0, 300)}`;
    const types = Object.keys(documented.content);
    const [type = ""] = contentType?.split(";") ?? [];
    if (types.length === 0)
      return contentType === null ? null : `has content (${contentType}), and none is documented`;
    const media = documented.content[type];
    if (media === undefined)
      return `the content is of the type ${contentType}, and documented are ${types.join(", ")}`;
    if (body === undefined || method === "HEAD") return null;
    const validate = this.#compile(media.schema ?? {});
    if (validate(JSON.parse(body))) return null;
    const wrong = validate.errors?.map(
      ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
    return wrong?.join("; ") ?? "the body is not as documented";
  }

  #compile(schema: unknown): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi.json#/components/');
    const known = this.#compiled.get(text);
    if (known !== undefined) return known;
    const made = this.#ajv.compile(z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
    this.#compiled.set(text, made);
    return made;
  }
}
