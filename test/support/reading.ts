import type { z } from "zod";
import type { Db } from "../../shared/db/client.ts";
import { createApp } from "../../shared/platform/http/app.ts";
import { handleError } from "../../shared/platform/http/handle.ts";
import { Problem } from "../../shared/platform/http/problem.ts";
import { collectionsApp } from "../../workers/market/collections/routes.ts";
import { testCtx } from "./ctx.ts";

let apps = 0;

/** What is read of collections over a database, asked without a network. */
export function readingApp(db: Db, now: () => number) {
  const app = createApp();
  app.use(async (c, next) => {
    c.set("ctx", testCtx({ db, now }));
    await next();
  });
  app.onError(handleError);
  // Reads are remembered by their address, and what was read for one test is not true in the next.
  apps += 1;
  const base = `/${apps}`;
  app.route(base, collectionsApp);
  const ask = async (path: string) => app.request(base + path);
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
