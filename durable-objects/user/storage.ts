import type { LogStorage } from "../room/event-log.ts";
import { addBodyVersion, addKeyBrief, makeLogTables } from "../storage/log-tables.ts";
import { BodyFormat } from "../storage/stored-json.ts";

/** The storage of a `UserRoom`; its steps are only ever appended to. */
export const USER_STORAGE: LogStorage = {
  migrations: [
    (sql) => {
      makeLogTables(sql);
      sql.all(`
        create table if not exists owner (id integer primary key check (id = 1), user_id text not null);
        create table if not exists checked (id integer primary key check (id = 1), from_at integer not null);
      `);
    },
    (sql) => addBodyVersion(sql, "log"),
    addKeyBrief,
  ],
  // Of `UserEvent`; a change that old texts do not fit needs a step.
  format: new BodyFormat(),
};
