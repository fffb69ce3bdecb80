// Prints the OpenAPI document, as a running platform of this version serves it.
import { createRequire } from "node:module";
import { z } from "zod";
import { openApiDocument } from "../workers/openapi.ts";
import { root } from "../workers/root.ts";

const { version } = z
  .object({ version: z.string() })
  .parse(createRequire(import.meta.url)("../package.json"));
process.stdout.write(`${JSON.stringify(openApiDocument(root, version), null, 2)}\n`);
