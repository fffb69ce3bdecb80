import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { ReplayError } from "./replay-error.ts";

const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The API key for handing in: by flag, else from the environment, else, for a platform on this machine, the one that
 * `npm start` wrote to `.dev.vars`. That one is never sent anywhere else. Throws a `ReplayError` without one.
 */
export async function findToken(asked: {
  token?: string;
  url: string;
  env: Record<string, string | undefined>;
  devVars: string;
}): Promise<string> {
  if (asked.token !== undefined) return asked.token;
  if (asked.env.INGEST_API_KEY) return asked.env.INGEST_API_KEY;
  if (!LOCAL.has(new URL(asked.url).hostname))
    throw new ReplayError(
      `No API key for ${asked.url}: give one with the scope market:ingest by --token or as INGEST_API_KEY in the environment.`,
    );
  const text = await readFile(asked.devVars, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  const token = parseEnv(text).INGEST_API_KEY;
  if (token) return token;
  throw new ReplayError(
    `No INGEST_API_KEY: not by --token, not in the environment, not in ${asked.devVars} (npm start writes it there).`,
  );
}
