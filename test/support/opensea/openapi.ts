import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** OpenSea's own OpenAPI document, kept beside the project and not in it; OPENSEA_OPENAPI names another place. */
const DOCUMENT =
  process.env.OPENSEA_OPENAPI ??
  resolve(import.meta.dirname, "../../../../shared/data/payloads/opensea-v2/openapi-2026-07.json");

/** Why answers cannot be held to OpenSea's document here; undefined where they can. */
export const whyNoOpenApi: string | undefined = existsSync(DOCUMENT)
  ? undefined
  : "OpenSea's OpenAPI document is not at hand; set OPENSEA_OPENAPI to its path";

const SCHEMAS = {
  events: "AssetEventsResponse",
  collection: "CollectionDetailedResponse",
  stats: "CollectionStatsResponse",
  listings: "ListingsResponse",
  order: "GetOrderResponse",
  error: "V1ErrorWrapper",
} as const;
export type AnswerKind = keyof typeof SCHEMAS;

/** What an answer breaks of OpenSea's document, in words; nothing where it is sound or there is no document. */
export function createAnswerCheck(): (kind: AnswerKind, body: unknown) => string[] {
  if (whyNoOpenApi !== undefined) return () => [];
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateSchema: false });
  formats.default(ajv);
  ajv.addSchema(JSON.parse(readFileSync(DOCUMENT, "utf8")), "opensea");
  return (kind, body) => {
    const check = ajv.compile({ $ref: `opensea#/components/schemas/${SCHEMAS[kind]}` });
    if (check(body)) return [];
    return (check.errors ?? []).map(({ instancePath, message }) => `${kind}${instancePath} ${message}`);
  };
}
