import type { PGlite } from "@electric-sql/pglite";

/** Whom clients of the embedded database are. */
const ROLE = "xsema";

/** Rows, and nothing else: no files, no programs, no new tables or functions, and no way back to who gave it that. */
const CONFINED = `
do $$ begin
  if not exists (select from pg_roles where rolname = '${ROLE}') then create role ${ROLE}; end if;
end $$;
alter role ${ROLE} nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
revoke create on schema public from public;
grant usage on schema public to ${ROLE};
grant select, insert, update, delete on all tables in schema public to ${ROLE};
grant usage, select, update on all sequences in schema public to ${ROLE};
do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$;
revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
revoke execute on function pg_catalog.pg_terminate_backend(integer, bigint) from public;
revoke execute on function pg_catalog.pg_cancel_backend(integer) from public;
revoke usage on language plpgsql from public;`;

/**
 * Makes the session of a migrated database that of a role that may read and write rows. `pglite-guard.ts` keeps clients
 * from taking that back. Triggers go on as before.
 * @param grants what else the role may, in SQL.
 */
export async function confine(db: PGlite, grants = ""): Promise<void> {
  await db.exec(CONFINED + grants);
  await db.exec(`set session authorization ${ROLE}`);
}
