import type { z } from "zod";
import type { FieldError } from "./errors.ts";

/** JSON pointer (RFC 6901) of a path into a value. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** Turns what zod found into the `errors[]` of a problem document. `prefix` is put before each pointer. */
export function fieldErrors(error: z.ZodError, prefix = ""): FieldError[] {
  return error.issues.flatMap((issue) => {
    // What is too much is named by itself, not by the object that it stands in.
    const paths =
      issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return paths.map((path) => ({ pointer: prefix + jsonPointer(path), message: issue.message }));
  });
}
