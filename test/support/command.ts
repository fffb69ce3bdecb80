import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { vi } from "vitest";
import { type Command, codeOfCommand } from "../../scripts/local/command.ts";
import type { Env } from "../../scripts/local/read-env.ts";

export interface Ran {
  code: number | null;
  out: string;
  errors: string;
}

/** Runs a command in this process: a new one takes a second to load its modules. */
export async function runCommand(
  command: Command,
  args: string[],
  { env = {}, stdin = "" }: { env?: Env; stdin?: string } = {},
): Promise<Ran> {
  let [out, errors] = ["", ""];
  const log = vi.spyOn(console, "log").mockImplementation((...said) => {
    out += `${format(...said)}\n`;
  });
  const error = vi.spyOn(console, "error").mockImplementation((...said) => {
    errors += `${format(...said)}\n`;
  });
  try {
    const code = await codeOfCommand(command, { args, env, readInput: async () => stdin });
    return { code, out, errors };
  } finally {
    log.mockRestore();
    error.mockRestore();
  }
}

/** Runs a file of `scripts/` as npm does. */
export async function runScript(
  name: string,
  args: string[],
  { env = {}, stdin = "" }: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Ran> {
  const script = fileURLToPath(new URL(`../../scripts/${name}`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env.PATH, ...env } });
  child.stdin.end(stdin);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [out, errors, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, errors };
}
