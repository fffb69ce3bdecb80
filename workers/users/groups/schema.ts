import { z } from "@hono/zod-openapi";
import { Permission } from "../../../shared/contracts/access.ts";
import { freeText, lineText } from "../../../shared/contracts/primitives.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { GroupId, Paging, text, UserId } from "../access/parameters.ts";

export const GroupParams = z.object({ id: GroupId });
export const MemberParams = GroupParams.extend({ user_id: UserId });

export const Group = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    permissions: z.array(Permission),
    members: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
    /** For `If-Match`. */
    revision: z.number().int(),
  })
  .openapi("Group");
export type Group = z.infer<typeof Group>;

export const GroupPage = z
  .object({ data: z.array(Group), next_cursor: z.string().nullable() })
  .openapi("GroupPage");
export type GroupPage = z.infer<typeof GroupPage>;

export const ListGroupsQuery = query({
  search: text(100).optional().openapi({ description: "Part of the name" }),
  ...Paging,
});
export type ListGroupsQuery = z.output<typeof ListGroupsQuery>;

const Name = lineText(100);
const Description = freeText(500).nullable();
/** Each once, in the order of the list of all. */
const Permissions = z.array(Permission).transform((given) => {
  const wanted = new Set(given);
  return Permission.options.filter((permission) => wanted.has(permission));
});

export const CreateGroupRequest = z
  .strictObject({ name: Name, description: Description.optional(), permissions: Permissions })
  .openapi("CreateGroupRequest");
export type CreateGroupRequest = z.output<typeof CreateGroupRequest>;

export const ChangeGroupRequest = z
  .strictObject({
    name: Name.optional(),
    description: Description.optional(),
    permissions: Permissions.optional(),
  })
  .refine(
    (change) => Object.keys(change).length > 0,
    "must change something: name, description or permissions",
  )
  .openapi("ChangeGroupRequest");
export type ChangeGroupRequest = z.output<typeof ChangeGroupRequest>;

export const AddMemberRequest = z.strictObject({ user_id: UserId }).openapi("AddMemberRequest");

export const Member = z
  .object({
    user_id: z.string(),
    email: z.string(),
    name: z.string().nullable(),
    added_at: z.string(),
  })
  .openapi("GroupMember");
export type Member = z.infer<typeof Member>;

export const MemberPage = z
  .object({ data: z.array(Member), next_cursor: z.string().nullable() })
  .openapi("GroupMemberPage");
export type MemberPage = z.infer<typeof MemberPage>;

export const ListMembersQuery = query(Paging);
export type ListMembersQuery = z.output<typeof ListMembersQuery>;
