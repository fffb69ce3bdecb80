import { createMiddleware } from "hono/factory";
import { authenticate } from "../../auth/authenticate.ts";
import type { Carrier } from "../../auth/credential.ts";
import type { Permission } from "../../contracts/access.ts";
import { PermissionMeanings } from "../../contracts/access.ts";
import type { Actor, Ctx } from "../ctx.ts";
import { AppError } from "../errors.ts";
import type { Access } from "./access.ts";
import type { AppEnv } from "./app.ts";

function challenge(error = ""): Record<string, string> {
  return { "www-authenticate": `Bearer realm="xsema"${error}` };
}

/** Throws `forbidden` unless the person or key holds it; for what a route can tell only from the request itself. */
export function requirePermission(actor: Actor, permission: Permission): void {
  if ((actor.type === "user" || actor.type === "api_key") && actor.permissions.has(permission)) return;
  const lacks = actor.type === "api_key" ? "This key has no scope" : "This account does not hold";
  throw new AppError(
    "forbidden",
    `${lacks} "${permission}" (${PermissionMeanings[permission].toLowerCase()}).`,
    {
      headers: challenge(`, error="insufficient_scope", scope="${permission}"`),
      lacks: [permission],
    },
  );
}

/** Throws `step_up_required` where the person has a second factor and has not proved it just now. */
export function requireFreshFactor(actor: Actor, ctx: Pick<Ctx, "now" | "config">): void {
  // Who has no second factor cannot be asked for one; keys never reach what asks for it by `user`.
  if (actor.type !== "user" || !actor.mfa_enabled) return;
  if (actor.mfa_at !== null && ctx.now() - actor.mfa_at <= ctx.config.STEP_UP_S * 1000) return;
  throw new AppError(
    "step_up_required",
    "This needs a second factor proved just now: POST /api/v1/auth/mfa/step-up with a code, then try again.",
  );
}

/** Throws unless `actor` may do what `access` guards. */
function check(access: Access, actor: Actor, ctx: Pick<Ctx, "now" | "config">): void {
  if (access.kind === "public") return;
  const everybodys = access.kind === "market" && ctx.config.PUBLIC_MARKET === "on";
  if (actor.type === "anonymous") {
    if (everybodys) return;
    throw new AppError(
      "unauthorized",
      "Log in first: send Authorization: Bearer with an access token of POST /api/v1/auth/login" +
        (access.kind === "user" ? "." : ", or an API key."),
      { headers: challenge() },
    );
  }
  if (access.kind === "user" && actor.type !== "user")
    throw new AppError("forbidden", "This is for people who are logged in, not for API keys.");
  const allowsExpired = access.kind === "user" && access.while_password_expired === true;
  if (actor.type === "user" && actor.must_change_password && !allowsExpired)
    throw new AppError(
      "password_change_required",
      "The password must be changed before anything else: POST /api/v1/auth/password/change.",
    );
  // Whoever says who they are may read what those who say nothing may.
  if (everybodys) return;
  const permission = access.kind === "market" ? "market:read" : access.permission;
  if (permission !== undefined) requirePermission(actor, permission);
  if ("step_up" in access && access.step_up) requireFreshFactor(actor, ctx);
}

/** Finds out who asks, and refuses those whom `access` does not admit. Handlers read `ctx.actor` afterwards. */
export function authorise(access: Access, carrier: Carrier = "headers") {
  return createMiddleware<AppEnv>(async (c, next) => {
    if (access.kind !== "public") {
      const ctx = c.get("ctx");
      const { actor, headers } = await authenticate(ctx, c.req.raw, carrier);
      c.set("ctx", { ...ctx, actor });
      check(access, actor, ctx);
      await next();
      // A switched protocol's headers cannot be changed.
      if (c.res.status === 101) return;
      for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
      // What one person or key was told is for no cache (ASVS 14.3.2): X-API-Key keeps none from keeping it.
      if (actor.type !== "anonymous" && !c.res.headers.has("cache-control"))
        c.res.headers.set("cache-control", "no-store");
      return;
    }
    await next();
  });
}
