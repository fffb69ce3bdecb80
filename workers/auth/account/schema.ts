import { z } from "@hono/zod-openapi";
import { Email } from "../../../shared/auth/email-key.ts";
import { Permission, Plan, Role, UserStatus } from "../../../shared/contracts/access.ts";
import { OpaqueToken, Password, PersonName } from "../schema.ts";

export const RegisterRequest = z
  .strictObject({ email: Email, password: Password, name: PersonName.optional() })
  .openapi("RegisterRequest");
export type RegisterRequest = z.output<typeof RegisterRequest>;

export const EmailRequest = z.strictObject({ email: Email }).openapi("EmailRequest");
export const TokenRequest = z
  .strictObject({ token: OpaqueToken.openapi({ description: "From the link in the mail" }) })
  .openapi("EmailTokenRequest");

export const VerifyEmailRequest = z
  .strictObject({
    token: OpaqueToken.openapi({ description: "From the link in the mail" }),
    password: Password.optional().openapi({
      description: "That of the registration; needed for a new account, not for a new address of an account",
    }),
  })
  .openapi("VerifyEmailRequest");
export type VerifyEmailRequest = z.output<typeof VerifyEmailRequest>;

export const AcceptInviteRequest = z
  .strictObject({ token: OpaqueToken, password: Password, name: PersonName.optional() })
  .openapi("AcceptInviteRequest");
export type AcceptInviteRequest = z.output<typeof AcceptInviteRequest>;

/** What was done, in a word; for mails, it is the same whether or not the address has an account. */
export const StatusAnswer = <const Status extends string>(status: Status) =>
  z.object({ status: z.literal(status) });

export const VerifiedAnswer = z.object({ status: z.enum(["verified", "email_changed"]) });
export type VerifiedAnswer = z.infer<typeof VerifiedAnswer>;

export const Me = z
  .object({
    id: z.string(),
    email: z.string(),
    /** An address that was asked for and is not confirmed yet. */
    pending_email: z.string().nullable(),
    name: z.string().nullable(),
    role: Role,
    plan: Plan,
    status: UserStatus,
    /** Those of the role and of groups together. */
    permissions: z.array(Permission),
    /** What the plan allows. */
    limits: z.record(z.string(), z.number().int()),
    mfa: z.object({ enabled: z.boolean(), recovery_codes_left: z.number().int() }),
    must_change_password: z.boolean(),
    password_changed_at: z.string().nullable(),
    created_at: z.string(),
    last_login_at: z.string().nullable(),
    /** Counts changes; also the ETag. */
    revision: z.number().int(),
  })
  .openapi("Me");
export type Me = z.infer<typeof Me>;

export const PatchMeRequest = z
  .strictObject({
    name: PersonName.nullable().optional(),
    email: Email.optional(),
    current_password: Password.optional().openapi({ description: "Needed to change the address" }),
  })
  .refine(({ name, email }) => name !== undefined || email !== undefined, "must hold name or email")
  .openapi("PatchMeRequest");
export type PatchMeRequest = z.output<typeof PatchMeRequest>;
