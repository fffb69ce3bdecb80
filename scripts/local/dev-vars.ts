import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, readFile, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { faultOfKey, newKeyText } from "../../shared/auth/api-keys/key-text.ts";
import { codeOf, StartupError } from "./startup-error.ts";

/** 256 random bits as text. */
export function newToken(): string {
  return randomBytes(32).toString("base64url");
}

/** The number of a new P-256 key, base64url. */
export function newPushKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { d } = privateKey.export({ format: "jwk" });
  if (d === undefined) throw new Error("a private key has a number");
  return d;
}

const SECRETS: Record<string, { comment: string; make(): string }> = {
  MASTER_KEY: { comment: "Seals secrets at rest: whoever loses it loses what it sealed", make: newToken },
  INGEST_API_KEY: { comment: "API key of this machine for POST /api/v1/market/events", make: newKeyText },
  VAPID_PRIVATE_KEY: {
    comment: "Signs what is pushed to browsers; with another one they must subscribe anew",
    make: newPushKey,
  },
  METRICS_TOKEN: { comment: "Whoever sends it may read /metrics", make: newToken },
};
const HEADER = "# Settings and secrets of this machine; not for git. Meanings: docs/configuration.md\n";

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
}

/**
 * Reads the local settings from `file`, after adding each secret that is not there yet; what stands in it is
 * never changed. Only its owner can read the file.
 * @throws StartupError where the API key in it is none.
 */
export async function loadDevVars(file: string): Promise<Record<string, string>> {
  const text = await readText(file);
  const known = parseEnv(text ?? "");
  const lines = Object.entries(SECRETS)
    .filter(([name]) => !known[name])
    .map(([name, { comment, make }]) => `# ${comment}\n${name}=${make()}\n`);
  if (lines.length > 0) {
    const start = text === undefined ? HEADER : text.endsWith("\n") || text === "" ? text : `${text}\n`;
    await writeFile(file, start + lines.join(""), { mode: 0o600 });
    await chmod(file, 0o600);
  }
  const settings = parseEnv((await readText(file)) ?? "");
  if (faultOfKey(settings.INGEST_API_KEY ?? "") !== null)
    throw new StartupError(
      `INGEST_API_KEY in ${file} is no API key: take the line out, and the next start makes another.`,
    );
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
