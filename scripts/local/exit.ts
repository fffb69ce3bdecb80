import { describeGround, StartupError } from "./startup-error.ts";

/**
 * Ends the program with what went wrong: one message where the user can mend it, as with a disk that is full,
 * everything where it is a fault.
 */
export function exitWith(error: unknown): never {
  console.error(error instanceof StartupError ? error.message : (describeGround(error) ?? error));
  process.exit(1);
}
