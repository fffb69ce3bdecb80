import { text } from "node:stream/consumers";
import { type Command, codeOfCommand } from "./command.ts";

/** Runs the command as this process, and ends with its exit code. */
export async function runAsProcess(command: Command): Promise<never> {
  const readInput = () => text(process.stdin);
  process.exit(await codeOfCommand(command, { args: process.argv.slice(2), env: process.env, readInput }));
}
