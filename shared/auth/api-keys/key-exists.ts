import { eq } from "drizzle-orm";
import { api_keys } from "../../db/schema/index.ts";
import { isDatabaseUnavailable } from "../../db/unavailable.ts";
import type { Config } from "../../platform/config.ts";
import type { AuthCtx } from "../authenticated.ts";

const MOST_KNOWN = 10_000;
/** Until a hash that was not found is looked for again, in milliseconds. */
const ABSENT_MS = 10_000;

interface Known {
  /** Whether one is still good its gate knows. */
  present: Set<string>;
  /** Until when each is taken for absent. */
  absent: Map<string, number>;
}

const known = new WeakMap<Config, Known>();

function knownTo(config: Config): Known {
  const found = known.get(config) ?? { present: new Set(), absent: new Map() };
  known.set(config, found);
  return found;
}

/**
 * Whether a key with this hash was ever made, without touching a gate: the gate of an invented key would stay. While
 * Postgres is away the gate is to be asked, since it may know the key.
 */
export async function keyExists(
  { db, now, config }: Pick<AuthCtx, "db" | "now" | "config">,
  key_hash: string,
): Promise<boolean> {
  const { present, absent } = knownTo(config);
  if (present.has(key_hash)) return true;
  if ((absent.get(key_hash) ?? 0) > now()) return false;
  try {
    const rows = await db.select({ id: api_keys.id }).from(api_keys).where(eq(api_keys.key_hash, key_hash));
    if (rows.length === 0) {
      if (absent.size >= MOST_KNOWN) absent.clear();
      absent.set(key_hash, now() + ABSENT_MS);
      return false;
    }
  } catch (error) {
    if (isDatabaseUnavailable(error)) return true;
    throw error;
  }
  if (present.size >= MOST_KNOWN) present.clear();
  present.add(key_hash);
  return true;
}
