import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { ReplayError } from "./replay-error.ts";

const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * The ingest token: by flag, else from the environment, else, for a platform on this machine, the one that
 * `npm start` wrote to `.dev.vars`. That one is never sent anywhere else. Throws a `ReplayError` without one.
 */
export async function findToken(asked: {
  token?: string;
  url: string;
  env: Record<string, string | undefined>;
  devVars: string;
}): Promise<string> {
  if (asked.token !== undefined) return asked.token;
  if (asked.env.INGEST_TOKEN) return asked.env.INGEST_TOKEN;
  if (!LOCAL.has(new URL(asked.url).hostname))
    throw new ReplayError(
      `No token for ${asked.url}: give its INGEST_TOKEN by --token or in the environment.`,
    );
  const text = await readFile(asked.devVars, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  });
  const token = parseEnv(text).INGEST_TOKEN;
  if (token) return token;
  throw new ReplayError(
    `No INGEST_TOKEN: not by --token, not in the environment, not in ${asked.devVars} (npm start writes it there).`,
  );
}
