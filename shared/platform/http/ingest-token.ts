import { createMiddleware } from "hono/factory";
import { sameSecret } from "../bytes.ts";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app.ts";

/** Lets only the holder of `INGEST_TOKEN` pass. */
export const requireIngestToken = createMiddleware<AppEnv>(async (c, next) => {
  const ctx = c.get("ctx");
  const [, token] = /^bearer\s+(\S+)\s*$/i.exec(c.req.header("authorization") ?? "") ?? [];
  const challenge = (error: string) => ({ "www-authenticate": `Bearer realm="xsema"${error}` });
  if (token === undefined)
    throw new AppError("unauthorized", "Send the ingest token: Authorization: Bearer <INGEST_TOKEN>.", {
      headers: challenge(""),
    });
  if (!(await sameSecret(token, ctx.config.INGEST_TOKEN)))
    throw new AppError("unauthorized", "This is not the ingest token of this deployment.", {
      headers: challenge(', error="invalid_token"'),
    });
  c.set("ctx", { ...ctx, actor: { type: "system", job: "ingest" } });
  await next();
});
