import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { effectivePermissions, OF_GROUPS } from "../auth/permissions/read-access.ts";
import { type Permission, Role, UserStatus } from "../contracts/access.ts";
import { PEOPLE_ONLY, SubjectNeeds, subjectOf, type WebhookSubject } from "../contracts/webhooks.ts";
import { TimeColumn } from "../db/instant.ts";
import { type Reader, readRows } from "../db/rows.ts";

/** The standing of an endpoint `w`, as JSON: who owns it and what made it. */
export const STANDING: SQL = sql`(
  select jsonb_build_object('status', u.status, 'role', u.role, 'of_groups', ${OF_GROUPS}, 'key',
    case when k.id is not null then jsonb_build_object('revoked', k.revoked_at is not null,
      'expires_at', k.expires_at::text, 'scopes', k.scopes) end)
  from users u left join api_keys k on k.id = w.api_key_id where u.id = w.user_id)`;

/** Whether an endpoint may be sent anything, read when it is to be sent. */
export const Standing = z
  .object({
    status: UserStatus,
    role: Role,
    of_groups: z.array(z.string()),
    key: z
      .object({
        revoked: z.boolean(),
        /** ms since 1970. */
        expires_at: TimeColumn.transform(Date.parse).nullable(),
        scopes: z.array(z.string()),
      })
      .nullable(),
  })
  .transform(({ status, role, of_groups, key }) => {
    const held = effectivePermissions(role, of_groups);
    const permissions = key === null ? held : held.filter((permission) => key.scopes.includes(permission));
    return { status, permissions: new Set<Permission>(permissions), key };
  });
export type Standing = z.output<typeof Standing>;

/** The standing of an endpoint now; `null` where it was deleted. */
export async function readStanding(db: Reader, webhook_id: string): Promise<Standing | null> {
  const [row] = await readRows(
    db,
    sql`select ${STANDING} as standing from webhooks w where w.id = ${webhook_id}`,
    z.object({ standing: Standing }),
  );
  return row?.standing ?? null;
}

/** Why nothing at all goes to an endpoint, or `null`. */
function whyNothing({ status, permissions, key }: Standing, now: number): string | null {
  if (status !== "active") return `its owner's account is ${status}`;
  if (key?.revoked) return "the API key that made the webhook was revoked";
  if (key != null && key.expires_at !== null && key.expires_at <= now)
    return "the API key that made the webhook has expired";
  return permissions.has("webhooks:write") ? null : lacks(key, "webhooks:write");
}

function lacks(key: Standing["key"], permission: Permission): string {
  const who = key === null ? "its owner does" : "the API key that made the webhook does";
  return `${who} not hold ${permission} any more`;
}

/** What of a subject must be held, and is not; `null` where nothing is missing. */
export function lackOf(
  subject: WebhookSubject | undefined,
  { permissions, is_key }: { permissions: ReadonlySet<Permission>; is_key: boolean },
): Permission | typeof PEOPLE_ONLY | null {
  const needs = subject === undefined ? PEOPLE_ONLY : SubjectNeeds[subject];
  if (needs === PEOPLE_ONLY) return is_key ? PEOPLE_ONLY : null;
  return permissions.has(needs) ? null : needs;
}

/**
 * Why a message is not sent, by who owns the endpoint and what made it; `null`: it may go. An example that was asked
 * for says nothing of anybody, so it asks for no more than having webhooks does.
 */
export function whyWithheld(
  standing: Standing,
  { type, cause }: { type: string; cause: string },
  now: number,
): string | null {
  const nothing = whyNothing(standing, now);
  if (nothing !== null || cause === "test") return nothing;
  const { permissions, key } = standing;
  const lack = lackOf(subjectOf(type), { permissions, is_key: key !== null });
  if (lack === null) return null;
  return lack === PEOPLE_ONLY ? `${type} is not for API keys` : lacks(key, lack);
}

/** Each subject of which nothing goes to an endpoint, with why. */
export function withheldSubjects(
  standing: Standing,
  now: number,
): { subject: WebhookSubject; reason: string }[] {
  const subjects = Object.keys(SubjectNeeds).flatMap((name) => subjectOf(`${name}.`) ?? []);
  return subjects.flatMap((subject) => {
    const reason = whyWithheld(standing, { type: `${subject}.*`, cause: "event" }, now);
    return reason === null ? [] : [{ subject, reason }];
  });
}
