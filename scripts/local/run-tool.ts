import { spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";

/** Nobody watches, nothing is reported to anybody, and no newer version is looked for. */
const QUIET = {
  CI: "1",
  NO_COLOR: "1",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false",
};

/**
 * Runs a JavaScript tool in a process of its own and gathers all that it says.
 * @returns its exit code (null when it was killed) and its output as plain text.
 */
export function runTool(args: string[], cwd: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const tool = spawn(process.execPath, args, {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...QUIET },
    });
    const said: Buffer[] = [];
    tool.stdout.on("data", (text: Buffer) => said.push(text));
    tool.stderr.on("data", (text: Buffer) => said.push(text));
    tool.once("error", reject);
    tool.once("close", (code) =>
      resolve({ code, output: stripVTControlCharacters(Buffer.concat(said).toString("utf8")).trim() }),
    );
  });
}
