import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { ROOT, WORKER_CONFIG } from "../../scripts/local/paths.ts";
import { buildWebIfStale, ensureWebFolder } from "../../scripts/local/web.ts";
import { bundleWorker } from "../../scripts/local/worker/bundle.ts";
import { closeSchemas } from "./documented/close.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** With closed schemas, for `documented/`. */
    openApiDocument: Record<string, unknown>;
  }
}

/**
 * Before any platform starts: two that build the page at once would take it away from each other. Making the document means
 * loading the whole worker, which is done once too.
 */
export async function setup(project: TestProject): Promise<void> {
  await ensureWebFolder();
  const making = promisify(execFile)(process.execPath, [join(ROOT, "scripts", "openapi.ts")], {
    maxBuffer: 16 * 1024 * 1024,
  });
  const [{ stdout }] = await Promise.all([making, buildWebIfStale(), bundleWorker(WORKER_CONFIG)]);
  project.provide("openApiDocument", closeSchemas(JSON.parse(stdout)));
}
