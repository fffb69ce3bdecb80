import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import type { Db } from "../../shared/db/client.ts";
import type { Transact } from "../../shared/db/transaction.ts";
import { BACKENDS, type OpenDatabase, openTestDatabase } from "./database.ts";

/** A database for the tests of a file: `db` is open while they run, and empty at the start of each. */
export interface Backend {
  readonly name: (typeof BACKENDS)[number]["backend"];
  readonly db: Db;
  readonly transact: Transact;
  /** Removes every row, also in the midst of a test. */
  empty(): Promise<void>;
}

/** The same tests on every kind of Postgres; one that is not at hand is skipped with the reason. */
export function describeOnEachBackend(about: string, tests: (backend: Backend) => void): void {
  describe.each(BACKENDS)(`${about}, on $backend`, ({ backend: name, skipped }) => {
    if (skipped !== undefined) {
      it.skip(`cannot be tried: ${skipped}`);
      return;
    }
    let database: OpenDatabase | undefined;
    const open = () => {
      if (database === undefined) throw new Error("the database opens when the tests run");
      return database;
    };
    beforeAll(async () => {
      database = await openTestDatabase(name);
    }, 60_000);
    afterEach(() => open().empty());
    afterAll(() => open().close());
    tests({
      name,
      get db() {
        return open().db;
      },
      get transact() {
        return open().transact;
      },
      empty: () => open().empty(),
    });
  });
}
