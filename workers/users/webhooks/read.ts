import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { STANDING, Standing, whyWithheld } from "../../../shared/webhooks/standing.ts";
import { WebhookOfUser, type WebhookOfUserPage, type WebhooksQuery } from "./schema.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

const Row = WebhookOfUser.omit({ host: true, withheld: true }).extend({
  url: z.string(),
  filter: WebhookOfUser.shape.filter.catch(null),
  standing: Standing,
  disabled_at: TimeColumn.nullable(),
  last_success_at: TimeColumn.nullable(),
  last_failure_at: TimeColumn.nullable(),
  created_at: TimeColumn,
});

const COLUMNS: SQL = sql`w.id, w.user_id, o.email, w.url, w.api_key_id, w.description, w.event_types, w.collections,
  w.filter, w.ordered, w.status, w.disabled_reason, w.disabled_at, w.failed_in_a_row, w.last_success_at,
  w.last_failure_at, w.created_at, ${STANDING} as standing`;

function show({ url, standing, ...row }: z.output<typeof Row>, now: number): WebhookOfUser {
  // A test asks for what having a webhook at all does.
  const withheld = row.status === "active" ? whyWithheld(standing, { type: "", cause: "test" }, now) : null;
  return { ...row, host: new URL(url).host, withheld };
}

export function noSuchWebhook(id: string): AppError {
  return new AppError("not_found", `There is no webhook ${id}.`);
}

/** One webhook of anybody. Throws `not_found`. */
export async function readWebhookOfUser(ctx: Pick<Ctx, "db" | "now">, id: string): Promise<WebhookOfUser> {
  const [row] = await readRows(
    ctx.db,
    sql`select ${COLUMNS} from webhooks w join users o on o.id = w.user_id where w.id = ${id}`,
    Row,
  );
  if (row === undefined) throw noSuchWebhook(id);
  return show(row, ctx.now());
}

/** The webhooks of all accounts, newest first. */
export async function listWebhooksOfUsers(
  ctx: Pick<Ctx, "db" | "now">,
  { user_id, api_key_id, status, limit, cursor }: WebhooksQuery,
): Promise<WebhookOfUserPage> {
  const scope = ["webhooks-of-users", user_id ?? null, api_key_id ?? null, status ?? null];
  const from = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const holds: SQL[] = [
    sql`true`,
    ...(user_id === undefined ? [] : [sql`w.user_id = ${user_id}`]),
    ...(api_key_id === undefined ? [] : [sql`w.api_key_id = ${api_key_id}`]),
    ...(status === undefined ? [] : [sql`w.status = ${status}`]),
    ...(from === undefined ? [] : [sql`(w.created_at, w.id) < (${from[0]}::timestamptz, ${from[1]})`]),
  ];
  const rows = await readRows(
    ctx.db,
    sql`select ${COLUMNS} from webhooks w join users o on o.id = w.user_id
      where ${sql.join(holds, sql` and `)} order by w.created_at desc, w.id desc limit ${limit + 1}::int`,
    Row,
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: page.map((row) => show(row, ctx.now())),
    next_cursor: more ? encodeCursor(scope, [last.created_at, last.id]) : null,
  };
}
