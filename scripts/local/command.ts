import { complain } from "./exit.ts";
import type { Env } from "./read-env.ts";

/** What a command is called with. */
export interface Invocation {
  args: string[];
  env: Env;
  /** Standard input to its end; only asked where the command reads it. */
  readInput(): Promise<string>;
}

/** A command of this project: prints what it does, and gives the exit code where that is not 0. */
export type Command = (invocation: Invocation) => Promise<number | undefined>;

/** Runs a command, and gives its exit code: 1 where it threw, which is said. */
export async function codeOfCommand(command: Command, invocation: Invocation): Promise<number> {
  try {
    return (await command(invocation)) ?? 0;
  } catch (error) {
    complain(error);
    return 1;
  }
}
