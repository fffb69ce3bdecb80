import { z } from "zod";

/** Everything that somebody may be allowed to do, named `resource:action`, with what it means. */
const PERMISSIONS = {
  "market:read": "Read and watch collections, events and figures",
  "market:ingest": "Hand in market events",
  "collections:write": "Describe and configure collections",
  "analytics:read": "Read analytics",
  "analytics:export": "Export analytics as files",
  "alerts:read": "Read one's alert rules and alerts",
  "alerts:write": "Make, change and acknowledge one's alerts",
  "webhooks:read": "Read one's webhooks and their deliveries",
  "webhooks:write": "Make and change one's webhooks",
  "webhooks:admin": "See and stop the webhooks of all accounts",
  "portfolios:read": "Read one's portfolios",
  "portfolios:write": "Make and change one's portfolios",
  "reports:read": "Read one's reports",
  "reports:write": "Make and schedule reports",
  "activity:read": "Read one's activity, tasks and notifications",
  "activity:write": "Record activity and tasks",
  "notifications:broadcast": "Notify every user",
  "metrics:push": "Push metrics of hosts",
  "monitoring:read": "Read the state of the platform",
  "api_keys:write": "Make and revoke one's API keys",
  "users:read": "Read all accounts",
  "users:write": "Invite, change, suspend and unlock accounts",
  "users:roles": "Change roles and plans",
  "groups:read": "Read groups",
  "groups:write": "Make groups, their permissions and members",
  "audit:read": "Read and verify the audit log",
  "audit:export": "Export the audit log",
  "security:read": "Read security events",
  "security:write": "Block addresses",
  "signing_keys:rotate": "Rotate the keys that sign access tokens",
} as const;

export type Permission = keyof typeof PERMISSIONS;
export const Permission = z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]], {
  error: "must be a permission that exists, such as alerts:write",
});
export const PermissionMeanings: Readonly<Record<Permission, string>> = PERMISSIONS;
const ALL = Permission.options;

export const Role = z.enum(["super_admin", "admin", "manager", "trader", "analyst", "viewer", "auditor"]);
export type Role = z.infer<typeof Role>;

const VIEWER: Permission[] = [
  "market:read",
  "analytics:read",
  "alerts:read",
  "portfolios:read",
  "reports:read",
  "activity:read",
];
const ANALYST: Permission[] = [
  ...VIEWER,
  "analytics:export",
  "alerts:write",
  "webhooks:read",
  "reports:write",
  "activity:write",
  "api_keys:write",
];
const TRADER: Permission[] = [...ANALYST, "webhooks:write", "portfolios:write", "metrics:push"];
const MANAGER: Permission[] = [
  ...TRADER,
  "market:ingest",
  "collections:write",
  "monitoring:read",
  "users:read",
  "groups:read",
];

/** What each role may do by itself; groups add to it. */
export const RolePermissions: Readonly<Record<Role, readonly Permission[]>> = {
  super_admin: ALL,
  admin: ALL.filter((permission) => permission !== "signing_keys:rotate"),
  manager: MANAGER,
  trader: TRADER,
  analyst: ANALYST,
  viewer: VIEWER,
  auditor: [
    ...VIEWER,
    "users:read",
    "groups:read",
    "audit:read",
    "audit:export",
    "security:read",
    "monitoring:read",
  ],
};

export const Plan = z.enum(["free", "premium"]);
export type Plan = z.infer<typeof Plan>;

/** How much a plan allows one user. */
export const PlanLimits = {
  free: {
    api_keys: 5,
    api_key_requests_per_minute: 60,
    webhooks: 5,
    alert_rules: 20,
    metric_series: 500,
    sessions: 20,
  },
  premium: {
    api_keys: 50,
    api_key_requests_per_minute: 600,
    webhooks: 50,
    alert_rules: 1000,
    metric_series: 5000,
    sessions: 100,
  },
} as const satisfies Record<Plan, Record<string, number>>;

/** `pending`: the address is not verified. `inactive`: put away by the owner or an admin. `locked`: an admin must unlock. */
export const UserStatus = z.enum(["pending", "active", "inactive", "suspended", "locked"]);
export type UserStatus = z.infer<typeof UserStatus>;
