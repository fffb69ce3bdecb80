import { z } from "@hono/zod-openapi";
import { lineText } from "../../shared/contracts/primitives.ts";

/** Far longer than any password that can be chosen: what is sent must not be work to refuse. */
const MAX_PASSWORD = 1024;

/** A password as it is typed; whether it will do for a new one is for `checkPassword` to say. */
export const Password = z
  .string()
  .min(1, "must not be empty")
  .max(MAX_PASSWORD, `must have at most ${MAX_PASSWORD} characters`)
  .openapi({ format: "password", example: "correct horse battery staple" });

/** A code of the authenticator, or a recovery code. */
export const FactorCode = z
  .string()
  .min(1, "must be a code of the authenticator, such as 123456, or a recovery code")
  .max(64)
  .openapi({ example: "123456" });

/** As `randomToken` makes them. */
export const OpaqueToken = z.string().min(1, "must not be empty").max(200);

export const PersonName = lineText(100).openapi({ example: "Ann" });
