#!/usr/bin/env node
// Plain JavaScript for Node 20 and later; beside Node it needs `systeminformation` alone.
import { hostname } from "node:os";
import { runAgent } from "./agent/agent.mjs";
import { Misuse, readOptions, USAGE } from "./agent/options.mjs";
import { createReader } from "./agent/read-host.mjs";

/** @param {string} line */
const say = (line) => process.stderr.write(`${new Date().toISOString()} ${line}\n`);

async function run() {
  const options = readOptions(process.argv.slice(2), process.env, hostname());
  if (options === null) {
    process.stdout.write(USAGE);
    return 0;
  }
  for (const line of options.warnings) say(line);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort());
  const agent = { ...options, read: createReader(options.host), say, signal: stop.signal };
  return (await runAgent(agent)) ? 0 : 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof Misuse)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
