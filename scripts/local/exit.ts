import { StartupError } from "./startup-error.ts";

/** Ends the program with what went wrong: one message where the user can mend it, everything where it is a fault. */
export function exitWith(error: unknown): never {
  const known = error instanceof StartupError;
  console.error(known ? error.message : error);
  process.exit(1);
}
