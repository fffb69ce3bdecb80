import type { Access } from "../../shared/platform/http/access.ts";

export const READ_MONITORING: { access: Access } = {
  access: { kind: "permission", permission: "monitoring:read" },
};
