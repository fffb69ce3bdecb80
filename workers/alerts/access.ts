import type { Access } from "../../shared/platform/http/access.ts";

export const READ_ALERTS: { access: Access } = {
  access: { kind: "permission", permission: "alerts:read" },
};
export const WRITE_ALERTS: { access: Access } = {
  access: { kind: "permission", permission: "alerts:write" },
};
