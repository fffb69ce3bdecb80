import { createMiddleware } from "hono/factory";
import { AppError } from "../errors.ts";
import type { AppEnv } from "./app.ts";

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Compares in a time that does not depend on where two texts differ, nor on their lengths. */
async function sameSecret(left: string, right: string): Promise<boolean> {
  const [a, b] = await Promise.all([sha256(left), sha256(right)]);
  let difference = 0;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}

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
  c.set("ctx", { ...ctx, actor: { type: "ingest" } });
  await next();
});
