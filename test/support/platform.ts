import { type Platform, type PlatformOptions, startPlatform } from "../../scripts/local/platform.ts";
import { createMigratedDatabase } from "./postgres.ts";

/**
 * The whole platform for a test file: the built worker on a free port with an empty database, real sockets and
 * nothing moving by itself (no cron, no demo market unless `vars` asks for it). With `TEST_DATABASE_URL` it is
 * an empty database of its own on that server, in place of PGlite.
 */
export async function openPlatform(options: PlatformOptions = {}): Promise<Platform> {
  const quiet = { quiet: true, ...options };
  if (!process.env.TEST_DATABASE_URL || options.databaseUrl !== undefined) return startPlatform(quiet);
  const database = await createMigratedDatabase();
  try {
    const platform = await startPlatform({ ...quiet, databaseUrl: database.url });
    return {
      ...platform,
      stop: async () => {
        await platform.stop();
        await database.drop();
      },
    };
  } catch (error) {
    await database.drop();
    throw error;
  }
}
