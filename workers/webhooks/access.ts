import type { Access } from "../../shared/platform/http/access.ts";

export const READ_WEBHOOKS: { access: Access } = {
  access: { kind: "permission", permission: "webhooks:read" },
};
export const WRITE_WEBHOOKS: { access: Access } = {
  access: { kind: "permission", permission: "webhooks:write" },
};
