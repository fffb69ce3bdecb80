import { z } from "zod";
import { Permission, Plan, Role } from "../../../shared/contracts/access.ts";

/** One's own account, as far as the page shows it. */
export const Me = z.object({
  email: z.string(),
  /** An address that was asked for and is not confirmed yet. */
  pending_email: z.string().nullable(),
  name: z.string().nullable(),
  role: Role,
  plan: Plan,
  permissions: z.array(z.string()),
  mfa: z.object({ enabled: z.boolean(), recovery_codes_left: z.number() }),
  must_change_password: z.boolean(),
});
export type Me = z.infer<typeof Me>;

export const MfaSetup = z.object({ secret: z.string(), qr_svg: z.string() });
export type MfaSetup = z.infer<typeof MfaSetup>;

export const RecoveryCodes = z.object({ recovery_codes: z.array(z.string()) });

const SessionItem = z.object({
  id: z.string(),
  current: z.boolean(),
  device: z.string(),
  ip: z.string(),
  created_at: z.string(),
  last_used_at: z.string(),
});
export type SessionItem = z.infer<typeof SessionItem>;
export const SessionPage = z.object({ data: z.array(SessionItem), next_cursor: z.string().nullable() });

const ApiKey = z.object({
  id: z.string(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  status: z.enum(["active", "expired", "revoked"]),
  scopes: z.array(z.string()),
  created_at: z.string(),
  expires_at: z.string().nullable(),
  last_used_at: z.string().nullable(),
  /** The key that took its place at a rotation; this one works until `expires_at` still. */
  replaced_by: z.string().nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyPage = z.object({ data: z.array(ApiKey), next_cursor: z.string().nullable() });
/** A key as it is answered once, when it is made. */
export const MadeKey = z.object({ name: z.string(), key: z.string() });
export type MadeKey = z.infer<typeof MadeKey>;

/** The permissions among these that exist for this version of the page, in its order. */
export function knownPermissions(held: readonly string[]): Permission[] {
  return Permission.options.filter((permission) => held.includes(permission));
}
