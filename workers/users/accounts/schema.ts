import { z } from "@hono/zod-openapi";
import { Email } from "../../../shared/auth/email-key.ts";
import { Permission, Plan, Role, UserStatus } from "../../../shared/contracts/access.ts";
import { lineText } from "../../../shared/contracts/primitives.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { GroupId, oneOf, Paging, text, UserId } from "../access/parameters.ts";

export const UserParams = z.object({ id: UserId });

export const User = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string().nullable(),
    role: Role,
    plan: Plan,
    status: UserStatus,
    groups: z.array(z.object({ id: z.string(), name: z.string() })),
    email_verified: z.boolean(),
    mfa_enabled: z.boolean(),
    must_change_password: z.boolean(),
    invited_by: z.string().nullable(),
    last_login_at: z.string().nullable(),
    created_at: z.string(),
    updated_at: z.string(),
    /** For `If-Match`. */
    revision: z.number().int(),
  })
  .openapi("User");
export type User = z.infer<typeof User>;

export const UserPage = z
  .object({ data: z.array(User), next_cursor: z.string().nullable() })
  .openapi("UserPage");
export type UserPage = z.infer<typeof UserPage>;

export const USER_SORTS = ["created", "email", "name", "last_login"] as const;

export const ListUsersQuery = query({
  search: text(200).optional().openapi({ description: "Part of the address or the name" }),
  role: Role.optional().openapi({ description: "Only accounts with this role" }),
  status: UserStatus.optional().openapi({ description: "Only accounts in this state" }),
  plan: Plan.optional().openapi({ description: "Only accounts with this plan" }),
  group: GroupId.optional().openapi({ description: "Members of this group" }),
  sort: oneOf(USER_SORTS).default("created").openapi({ description: "What the list is sorted by" }),
  order: oneOf(["asc", "desc"]).default("asc").openapi({ description: "Ascending or descending" }),
  ...Paging,
});
export type ListUsersQuery = z.output<typeof ListUsersQuery>;

export const UserName = lineText(100);

export const InviteRequest = z
  .strictObject({
    email: Email,
    name: UserName.optional(),
    role: Role.optional(),
    plan: Plan.optional(),
    groups: z.array(GroupId).max(50).optional(),
  })
  .openapi("InviteRequest");
export type InviteRequest = z.output<typeof InviteRequest>;

export const ChangeUserRequest = z
  .strictObject({ name: UserName.nullable().optional(), role: Role.optional(), plan: Plan.optional() })
  .refine((change) => Object.keys(change).length > 0, "must change something: name, role or plan")
  .openapi("ChangeUserRequest");
export type ChangeUserRequest = z.output<typeof ChangeUserRequest>;

export const UserPermissions = z
  .object({
    user_id: z.string(),
    role: Role,
    groups: z.array(z.object({ id: z.string(), name: z.string() })),
    permissions: z.array(
      z.object({
        permission: Permission,
        meaning: z.string(),
        sources: z
          .array(
            z.union([
              z.object({ type: z.literal("role"), role: Role }),
              z.object({ type: z.literal("group"), id: z.string(), name: z.string() }),
            ]),
          )
          .openapi({ description: "Each of these grants it by itself" }),
      }),
    ),
  })
  .openapi("UserPermissions");
export type UserPermissions = z.infer<typeof UserPermissions>;
