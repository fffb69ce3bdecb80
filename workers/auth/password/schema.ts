import { z } from "@hono/zod-openapi";
import { OpaqueToken, Password } from "../schema.ts";

export const ResetRequest = z
  .strictObject({
    token: OpaqueToken.openapi({ description: "From the link in the mail" }),
    password: Password,
  })
  .openapi("PasswordResetRequest");
export type ResetRequest = z.output<typeof ResetRequest>;

export const ChangeRequest = z
  .strictObject({ current_password: Password, new_password: Password })
  .openapi("PasswordChangeRequest");
export type ChangeRequest = z.output<typeof ChangeRequest>;
