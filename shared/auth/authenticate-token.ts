import type { UserActor } from "../platform/ctx.ts";
import { AppError } from "../platform/errors.ts";
import type { AuthCtx } from "./authenticate.ts";

/** The person behind an access token (JWT). */
export async function authenticateToken(_ctx: AuthCtx, _token: string): Promise<UserActor> {
  throw new AppError("unauthorized", "This access token is not valid.");
}

/** The person behind a one-use ticket of `POST /api/v1/ws/ticket`. */
export async function authenticateTicket(_ctx: AuthCtx, _ticket: string): Promise<UserActor> {
  throw new AppError("unauthorized", "This ticket is not valid.");
}
