import { z } from "@hono/zod-openapi";
import { Email } from "../../../shared/auth/email-key.ts";
import { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { FactorCode, OpaqueToken, Password } from "../schema.ts";

const DeviceToken = OpaqueToken.openapi({
  description: "The `device_token` of an earlier log-in; browsers send it as a cookie",
});

export const LoginRequest = z
  .strictObject({
    email: Email,
    password: Password,
    code: FactorCode.optional().openapi({
      description: "Of accounts with a second factor, to log in at once",
    }),
    device_token: DeviceToken.optional(),
  })
  .openapi("LoginRequest");
export type LoginRequest = z.output<typeof LoginRequest>;

export const MfaRequired = z
  .object({
    mfa_required: z.literal(true),
    /** For `POST /auth/mfa/verify`. */
    challenge_token: z.string(),
    /** Seconds. */
    expires_in: z.number().int(),
    methods: z.array(z.enum(["otp", "recovery"])),
  })
  .openapi("MfaRequired");
export type MfaRequired = z.infer<typeof MfaRequired>;

export const LoginAnswer = z.union([TokenAnswer, MfaRequired]).openapi("LoginAnswer");
export type LoginAnswer = TokenAnswer | MfaRequired;

export const MfaVerifyRequest = z
  .strictObject({
    challenge_token: OpaqueToken,
    code: FactorCode,
    device_token: DeviceToken.optional(),
  })
  .openapi("MfaVerifyRequest");
export type MfaVerifyRequest = z.output<typeof MfaVerifyRequest>;
