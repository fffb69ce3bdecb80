// Holds the OpenAPI document against the linters that integrators use; silent where they have nothing against it.
import { z } from "zod";
import { openApiDocument } from "../workers/openapi.ts";
import { root } from "../workers/root.ts";
import { lintOpenApi } from "./openapi/lint.ts";

// As it is served: what is undefined is not there.
const served: unknown = JSON.parse(JSON.stringify(openApiDocument(root, "0.0.0")));
const findings = await lintOpenApi(z.record(z.string(), z.unknown()).parse(served));
for (const { rule, path, message } of findings) console.error(`openapi.json#${path}\n  ${rule}: ${message}`);
if (findings.length > 0) {
  console.error(`The OpenAPI document has ${findings.length} faults.`);
  process.exitCode = 1;
}
