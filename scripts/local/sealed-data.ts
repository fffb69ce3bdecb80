import { existsSync } from "node:fs";
import { join } from "node:path";
import { gt, isNull, or } from "drizzle-orm";
import { signing_keys } from "../../shared/db/schema/index.ts";
import { createTransact } from "../../shared/db/transaction.ts";
import { isoTime, systemClock } from "../../shared/platform/clock.ts";
import { sealedPrefix } from "../../shared/platform/seal.ts";
import { askPostgres } from "./migrate-postgres.ts";
import { StartupError } from "./startup-error.ts";

/**
 * Where data lies that a master key has sealed: in the database at `url`, or else in the data folder.
 * @returns undefined where there is none yet.
 * @throws StartupError where the database cannot be reached.
 */
export async function findSealedData(dataDir: string, url: string | undefined): Promise<string | undefined> {
  if (url === undefined)
    return existsSync(join(dataDir, "postgres")) ? `the data folder ${dataDir}` : undefined;
  const rows = await askPostgres(url, "SELECT to_regclass('signing_keys') IS NOT NULL AS there");
  const there = rows.some((row) => typeof row === "object" && row !== null && "there" in row && row.there);
  if (!there) return undefined;
  const keys = await askPostgres(url, "SELECT kid FROM signing_keys WHERE retires_at IS NULL LIMIT 1");
  return keys.length > 0 ? "the database of DATABASE_URL" : undefined;
}

/**
 * Access tokens are signed by keys that the master key seals: with another one, every log-in would fail.
 * @throws StartupError where a key that still signs or verifies was sealed by a master key that is not there.
 */
export async function checkMasterKey(
  database: { url: string; endpoint?: string | undefined },
  keys: (string | undefined)[],
): Promise<void> {
  const prefixes = await Promise.all(keys.filter((key) => key !== undefined).map(sealedPrefix));
  const transact = createTransact(database.url, database.endpoint);
  const inForce = await transact((tx) =>
    tx
      .select({ sealed: signing_keys.private_jwk })
      .from(signing_keys)
      .where(or(isNull(signing_keys.retires_at), gt(signing_keys.retires_at, isoTime(systemClock())))),
  );
  const foreign = inForce.find(({ sealed }) => !prefixes.some((prefix) => sealed.startsWith(prefix)));
  if (foreign === undefined) return;
  const id = foreign.sealed.split(".")[1];
  throw new StartupError(
    `MASTER_KEY is not the one that this database was made with (its SHA-256 begins with ${id}): with another one nobody can ` +
      'log in. Put the right one back, or the one before into MASTER_KEY_PREVIOUS. Where it is lost, see "MASTER_KEY lost" in ' +
      "docs/security.md.",
  );
}
