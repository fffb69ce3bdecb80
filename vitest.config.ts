import { existsSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { configDefaults, defineConfig } from "vitest/config";

/**
 * Of the first group: end-to-end files, which wait a lot, and then units, which fill the processors beside the last of
 * them. Vitest wants the same number for all projects of a group.
 */
const WORKERS = 3;

/** Over whatever `.dev.vars` holds; empty counts as not set. No database answers here. */
const bindings = {
  ENVIRONMENT: "local",
  DATABASE_URL: "postgres://local:local@127.0.0.1:1/postgres",
  DATABASE_ENDPOINT: "http://127.0.0.1:1",
  MASTER_KEY: "q7RzT0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Q",
  PUBLIC_URL: "http://127.0.0.1:8787",
  PUBLIC_MARKET: "on",
  LOG_LEVEL: "error",
  DEMO_MARKET: "off",
  OPENSEA_API_KEY: "",
  OPENSEA_COLLECTIONS: "",
};

/** Inside workerd, with the real worker as main. */
const workerd = {
  plugins: [
    cloudflareTest({
      wrangler: { configPath: "./wrangler.toml" },
      // Whatever is asked outside answers that it is away, without a connection that fails loudly.
      miniflare: { bindings, outboundService: () => new Response("away", { status: 503 }) },
    }),
  ],
  test: {
    name: "workerd",
    include: ["test/workerd/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: WORKERS,
  },
};

/** They measure time or keep the machine as busy as it can be: each has it to itself. */
const ALONE = [
  "bad-network",
  "busy-host",
  "database-away",
  "disconnects",
  "page-speed",
  "storm",
  "webhooks-crowd",
].map((name) => `test/e2e/${name}.test.ts`);

const endToEnd = {
  environment: "node",
  globalSetup: "test/support/build-once.ts",
  setupFiles: "test/support/documented/setup.ts",
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // A platform's modules take seconds to load. See the unit tests.
  isolate: false,
  restoreMocks: true,
} as const;

export default defineConfig({
  test: {
    passWithNoTests: true,
    reporters: ["dot", "./test/support/slowest-files.ts"],
    silent: "passed-only",
    // A second, which is the default, is little on a machine with other work to do.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, "test/e2e/**", "test/workerd/**"],
          // Some start databases and processes, which takes its time on a machine with other work to do.
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: WORKERS,
          // Half of what a small file costs is loading the code anew. No test may change what others see: no module
          // mocks, no globals or settings of the process left changed.
          isolate: false,
          restoreMocks: true,
        },
      },
      ...(existsSync("workers/index.ts") ? [workerd] : []),
      {
        test: {
          ...endToEnd,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ALONE],
          maxWorkers: WORKERS,
        },
      },
      {
        test: {
          ...endToEnd,
          name: "e2e-alone",
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
