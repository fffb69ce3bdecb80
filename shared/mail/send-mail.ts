import type { Ctx } from "../platform/ctx.ts";
import { AppError } from "../platform/errors.ts";

/** Sends one mail of the outbox. */
export async function sendMail(_ctx: Ctx, _id: string): Promise<{ retry_after_ms?: number }> {
  throw new AppError("internal", "not there yet");
}
