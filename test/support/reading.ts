import type { z } from "zod";
import type { Db } from "../../shared/db/client.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { createApp } from "../../shared/platform/http/app.ts";
import { handleError } from "../../shared/platform/http/handle.ts";
import { Problem } from "../../shared/platform/http/problem.ts";
import { createLog } from "../../shared/platform/log.ts";
import { continueTrace } from "../../shared/platform/trace.ts";
import { collectionsApp } from "../../workers/market/collections/routes.ts";

const NOBODY = () => {
  throw new Error("reading asks nobody but the database");
};

/** A request's context over `db` at a moment that the test names. */
function contextOf(db: Db, now: () => number): Ctx {
  return {
    db,
    now,
    actor: { type: "anonymous" },
    log: createLog("error", {}, now, () => {}),
    trace: continueTrace(null),
    rooms: { collection: NOBODY, relay: NOBODY, board: { report: NOBODY, list: NOBODY } },
    providers: { gate: NOBODY, feed: NOBODY },
    queue: { send: NOBODY },
    fetch: NOBODY,
    config: parseConfig({
      ENVIRONMENT: "local",
      DATABASE_URL: "postgres://test@localhost/test",
      INGEST_TOKEN: "0123456789abcdefghijklmnopqrstuvwxyz",
    }),
  };
}

/** What is read of collections over a database, asked without a network. */
export function readingApp(db: Db, now: () => number) {
  const app = createApp();
  app.use(async (c, next) => {
    c.set("ctx", contextOf(db, now));
    await next();
  });
  app.onError(handleError);
  app.route("/", collectionsApp);
  const ask = async (path: string) => app.request(path);
  return {
    /** An answer that must be a success of the shape. */
    async get<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
      const response = await ask(path);
      const body: unknown = await response.json();
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${JSON.stringify(body)}`);
      return schema.parse(body);
    },
    /** An answer that must be a problem. */
    async problem(path: string) {
      const response = await ask(path);
      return { ...Problem.parse(await response.json()), http_status: response.status };
    },
  };
}
