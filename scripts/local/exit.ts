import { describeGround, StartupError } from "./startup-error.ts";

/** Says what went wrong: one message where the user can mend it, as with a disk that is full, everything where it is a fault. */
export function complain(error: unknown): void {
  console.error(error instanceof StartupError ? error.message : (describeGround(error) ?? error));
}

/** Ends the program with what went wrong. */
export function exitWith(error: unknown): never {
  complain(error);
  process.exit(1);
}
