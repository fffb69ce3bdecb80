import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { DEV_VARS } from "./paths.ts";
import { codeOf } from "./startup-error.ts";

export type Env = Record<string, string | undefined>;

/** The environment before `.dev.vars`, which is read as it is: a master key made up here would seal for nobody. */
export async function readEnv(environment: Env = process.env): Promise<Env> {
  const text = await readFile(DEV_VARS, "utf8").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return "";
    throw error;
  });
  const given = Object.entries(environment).filter(([, value]) => value);
  return { ...parseEnv(text), ...Object.fromEntries(given) };
}
