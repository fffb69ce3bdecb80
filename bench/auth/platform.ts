import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, ROOT, WEB_BUILD, WORKER_CONFIG } from "../../scripts/local/paths.ts";
import { type Platform, startPlatform } from "../../scripts/local/platform.ts";

/** The platform with the worker of this bench in place of the product's; everything else is as in wrangler.toml. */
export async function withBenchWorker(work: (platform: Platform) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(CACHE, "bench-auth-"));
  const product = await readFile(WORKER_CONFIG, "utf8");
  const config = product
    .replace(/^main = .*$/m, `main = ${JSON.stringify(join(ROOT, "bench/auth/worker.ts"))}`)
    .replace(/^directory = .*$/m, `directory = ${JSON.stringify(WEB_BUILD)}`);
  const configPath = join(folder, "wrangler.toml");
  await writeFile(configPath, config);
  const platform = await startPlatform({ quiet: true, configPath, vars: { LOG_LEVEL: "error" } });
  try {
    await work(platform);
  } finally {
    await platform.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
