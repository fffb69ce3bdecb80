import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** The first code block of a language in docs/webhooks.md: what integrators copy. */
export function receiverIn(language: string): string {
  const guide = readFileSync("docs/webhooks.md", "utf8");
  const [, code] = new RegExp(`\`\`\`${language}\\n(.*?)\\n\`\`\``, "s").exec(guide) ?? [];
  if (code === undefined) throw new Error(`docs/webhooks.md has no example in ${language}`);
  return `${code}\n`;
}

/** Every code block of a language in a document, in order. */
export function blocksIn(document: string, language: string): string[] {
  const blocks = readFileSync(document, "utf8").matchAll(
    new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, "gms"),
  );
  return [...blocks].map(([, code = ""]) => code);
}

/** A receiver of the guide as a process of its own. */
export interface Receiver {
  url: string;
  /** What it printed: one line a message. */
  lines(): string[];
  stop(): Promise<void>;
}

/** Starts a receiver and waits until it listens. */
export async function startReceiver(
  command: string[],
  { port, secret, cwd }: { port: number; secret: string; cwd: string },
): Promise<Receiver> {
  const [program = "", ...args] = command;
  const child: ChildProcess = spawn(program, args, {
    cwd,
    env: { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: `go run` has the receiver as its child.
    detached: true,
  });
  let out = "";
  let failed = "";
  child.stdout?.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    failed += chunk;
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}/`;
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  for (let tries = 0; tries < 900; tries += 1) {
    const answered = await fetch(url, { method: "POST", body: "{}" }).then(
      ({ status }) => status,
      () => null,
    );
    if (answered !== null) return { url, lines: () => out.split("\n").filter((line) => line !== ""), stop };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${program} does not listen: ${failed}`);
}
