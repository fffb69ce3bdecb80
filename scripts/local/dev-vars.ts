import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { faultOfKey, newKeyText } from "../../shared/auth/api-keys/key-text.ts";
import { underLock } from "./data-lock.ts";
import { codeOf, reasonOfGround, StartupError } from "./startup-error.ts";

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

/** Several starts of one clone make its file one after the other. */
const PATIENCE_MS = 10_000;

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
}

/** In one step: a start that is killed leaves the whole file of before or of after. */
async function replaceText(file: string, text: string): Promise<void> {
  // Where it is a link, what it leads to.
  const target = await realpath(file).catch(() => file);
  const unfinished = `${target}.${process.pid}.new`;
  try {
    await writeFile(unfinished, text, { mode: 0o600, flush: true });
    await rename(unfinished, target);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

export interface DevVarsOptions {
  /** What the environment sets: nothing is made for that. */
  given?: Env;
  /** What was sealed with a master key by now, such as "the data in /srv/xsema"; undefined where nothing was. */
  findSealed?(known: Env): Promise<string | undefined>;
}

type Env = Record<string, string | undefined>;

async function addMissing(file: string, { given = {}, findSealed }: DevVarsOptions): Promise<void> {
  const text = await readText(file);
  const known = parseEnv(text ?? "");
  const missing = Object.entries(SECRETS).filter(([name]) => !known[name] && !given[name]);
  if (missing.length === 0) return;
  if (missing.some(([name]) => name === "MASTER_KEY")) {
    const sealed = await findSealed?.(known);
    if (sealed !== undefined)
      throw new StartupError(
        `${text === undefined ? `${file} is missing` : `There is no MASTER_KEY in ${file}`}, but ${sealed} needs the MASTER_KEY ` +
          "that it was made with: with another one nobody can log in. Put the file back from a backup. Where it is lost, see " +
          `"MASTER_KEY lost" in docs/security.md; to begin again, move ${sealed} away first.`,
      );
  }
  const lines = missing.map(([name, { comment, make }]) => `# ${comment}\n${name}=${make()}\n`);
  const start = text === undefined ? HEADER : text.endsWith("\n") || text === "" ? text : `${text}\n`;
  await replaceText(file, start + lines.join(""));
}

/**
 * Reads the local settings from `file`, after adding each secret that is not there yet; what stands in it is
 * never changed. Only its owner can read the file.
 * @throws StartupError where the API key in it is none, or where a new master key would not open what there is.
 */
export async function loadDevVars(
  file: string,
  options: DevVarsOptions = {},
): Promise<Record<string, string>> {
  let settings: Env;
  try {
    await underLock(`${file}.lock`, { patienceMs: PATIENCE_MS }, () => addMissing(file, options));
    settings = parseEnv((await readText(file)) ?? "");
  } catch (error) {
    const reason = reasonOfGround(error);
    if (reason === undefined) throw error;
    throw new StartupError(`The settings in ${file} cannot be used: ${reason}.`, { cause: error });
  }
  if (settings.INGEST_API_KEY && faultOfKey(settings.INGEST_API_KEY) !== null)
    throw new StartupError(
      `INGEST_API_KEY in ${file} is no API key: take the line out, and the next start makes another.`,
    );
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}
