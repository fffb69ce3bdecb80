import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../../scripts/replay.ts", import.meta.url));
const HISTORIES = new URL("../../../docs/examples/", import.meta.url);

/** Path of a history that is shown in the documents. */
export function historyPath(name: string): string {
  return fileURLToPath(new URL(name, HISTORIES));
}

/** Starts the replay command as npm does, with an API key in its environment. */
export function startReplay(args: string[], token = "from-env") {
  const env = { PATH: process.env.PATH, INGEST_API_KEY: token };
  const child = spawn(process.execPath, [SCRIPT, ...args], { env });
  const ended = new Promise<{ code: number | null; shown: string }>((resolve, reject) => {
    let shown = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        shown += chunk;
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, shown }));
  });
  return { ended, interrupt: () => child.kill("SIGINT") };
}
