import { z } from "@hono/zod-openapi";

/** Longer than any code, so that what is sent is no work to refuse. */
const MAX_CODE = 64;
const MAX_PASSWORD = 1024;

export const CurrentPassword = z.string().min(1).max(MAX_PASSWORD).openapi({ format: "password" });
export const Code = z
  .string()
  .min(1, "must be a code of the authenticator, such as 123456, or a recovery code")
  .max(MAX_CODE)
  .openapi({ example: "123456" });

export const SetUpRequest = z.strictObject({ current_password: CurrentPassword }).openapi("MfaSetupRequest");
export const CodeRequest = z.strictObject({ code: Code }).openapi("MfaCodeRequest");
export const DisableRequest = z
  .strictObject({
    code: Code.optional().openapi({
      description:
        "Of the authenticator, or a recovery code; needed unless the session has just proved the factor",
    }),
    current_password: CurrentPassword,
  })
  .openapi("MfaDisableRequest");
export type DisableRequest = z.infer<typeof DisableRequest>;

export const SetUpAnswer = z
  .object({
    secret: z.string().openapi({ description: "Base32, for apps that cannot scan" }),
    otpauth_url: z.string(),
    qr_svg: z.string().openapi({ description: "An SVG document" }),
    qr_png: z.string().openapi({ description: "A PNG as a data: address" }),
  })
  .openapi("MfaSetup");
export type SetUpAnswer = z.infer<typeof SetUpAnswer>;

export const RecoveryCodes = z
  .object({ recovery_codes: z.array(z.string()).openapi({ description: "Shown once; each works once" }) })
  .openapi("RecoveryCodes");

export const StepUpAnswer = z
  .object({
    mfa_at: z.iso.datetime().openapi({ description: "When the second factor was proved" }),
    fresh_until: z.iso.datetime().openapi({ description: "Until then nothing asks for it again" }),
  })
  .openapi("StepUp");
export type StepUpAnswer = z.infer<typeof StepUpAnswer>;
