import SwaggerParser from "@apidevtools/swagger-parser";
import { createConfig, lintFromString, type RawUniversalConfig } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import rulesets from "@stoplight/spectral-rulesets";
import { z } from "zod";

/** What a linter has against the document. */
export interface Finding {
  /** With the linter's name: `spectral/operation-description`. */
  rule: string;
  /** A JSON pointer, empty for the document as a whole. */
  path: string;
  message: string;
}

/** Every rule that Redocly recommends, as an error, and what is described in the document besides. */
const REDOCLY: RawUniversalConfig = {
  extends: ["recommended-strict"],
  rules: {
    "array-parameter-serialization": "error",
    "operation-description": "error",
    "parameter-description": "error",
    "tag-description": "error",
  },
};

/** Every rule that Spectral has for OpenAPI. Off is only what cannot hold here. */
const SPECTRAL = {
  extends: [[rulesets.oas, "all"]],
  rules: {
    // Whom to ask is known to who runs a deployment, not to its code.
    "info-contact": "off",
    // The licence has an identifier, and OpenAPI 3.1 allows one of the two.
    "license-url": "off",
    // Tags stand in the order in which one meets what they name: accounts first.
    "openapi-tags-alphabetical": "off",
  },
};

/** Rules that ask for an answer with 2XX. A socket's is 101, which neither linter knows. */
const SUCCESS = new Set(["redocly/operation-2xx-response", "spectral/operation-success-response"]);

const pointer = (path: readonly (string | number)[]) =>
  path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

const Responses = z.record(z.string(), z.unknown());

function valueAt(document: unknown, path: string): unknown {
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (value, part) => z.record(z.string(), z.unknown()).safeParse(value).data?.[part],
      document,
    );
}

async function lintWithRedocly(document: unknown): Promise<Finding[]> {
  const config = await createConfig(REDOCLY);
  const source = JSON.stringify(document);
  const problems = await lintFromString({ source, absoluteRef: "openapi.json", config });
  return problems.map(({ ruleId, message, location }) => ({
    rule: `redocly/${ruleId}`,
    path: location[0]?.pointer?.replace(/^#\/?/, "/").replace(/^\/$/, "") ?? "",
    message,
  }));
}

async function lintWithSpectral(document: Record<string, unknown>): Promise<Finding[]> {
  const linter = new spectral.Spectral();
  linter.setRuleset(new spectral.Ruleset(SPECTRAL));
  const results = await linter.run(document);
  return results.map(({ code, message, path }) => ({
    rule: `spectral/${code}`,
    path: pointer(path),
    message,
  }));
}

/** It stops at the first fault, and changes what it is given. */
async function lintWithSwaggerParser(document: unknown): Promise<Finding[]> {
  try {
    await SwaggerParser.validate(JSON.parse(JSON.stringify(document)), {
      validate: { schema: true, spec: true },
    });
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ rule: "swagger-parser", path: "", message }];
  }
}

/** What Redocly, Spectral and swagger-parser, each at its strictest, have against an OpenAPI document. */
export async function lintOpenApi(document: Record<string, unknown>): Promise<Finding[]> {
  const findings = [
    ...(await lintWithRedocly(document)),
    ...(await lintWithSpectral(document)),
    ...(await lintWithSwaggerParser(document)),
  ];
  return findings.filter(({ rule, path }) => {
    const responses = SUCCESS.has(rule) && Responses.safeParse(valueAt(document, path)).data;
    return !(responses && "101" in responses);
  });
}
