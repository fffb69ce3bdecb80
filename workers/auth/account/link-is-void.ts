import { AppError } from "../../../shared/platform/errors.ts";

/** What is thrown for every token of a mail that is not good, for whatever reason. */
export function linkIsVoid(): AppError {
  const message = "is wrong, was used already, or has run out: ask for another mail";
  return new AppError("invalid_request", `The token of the mail ${message}.`, {
    details: [{ pointer: "/token", message }],
  });
}
