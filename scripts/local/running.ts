import { existsSync, readFileSync, rmSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { Holder, isAlive, thisProcess } from "./data-lock.ts";
import { CACHE } from "./paths.ts";
import { codeOf } from "./startup-error.ts";

const FOLDER = join(CACHE, "running");

/** A platform that `npm start` of this clone runs, so that other commands find it. */
const Running = Holder.extend({ url: z.string(), data_dir: z.string(), dev_vars: z.string() });
export type Running = z.output<typeof Running>;

function parse(text: string): Running | undefined {
  try {
    return Running.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Tells other commands of this clone where the platform is, until this process ends. */
export async function announce(
  where: Pick<Running, "url" | "data_dir" | "dev_vars">,
  folder = FOLDER,
): Promise<void> {
  const self = { ...(await thisProcess()), ...where };
  const file = join(folder, `${process.pid}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, JSON.stringify(self satisfies Running), { mode: 0o600 });
  await rename(`${file}.new`, file);
  process.once("exit", () => {
    if (existsSync(file) && parse(readFileSync(file, "utf8"))?.token === self.token)
      rmSync(file, { force: true });
  });
}

/** The platforms of this clone that run now; what processes that are gone have left is removed. */
export async function listRunning(folder = FOLDER): Promise<Running[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  });
  const found: Running[] = [];
  for (const name of names.filter((other) => other.endsWith(".json"))) {
    const running = parse(await readFile(join(folder, name), "utf8").catch(() => ""));
    if (running !== undefined && (await isAlive(running))) found.push(running);
    else await rm(join(folder, name), { force: true });
  }
  return found;
}
