import { AppError } from "../platform/errors.ts";
import type { AuthCtx, Authenticated } from "./authenticate.ts";

/** The program behind an API key. */
export async function authenticateKey(_ctx: AuthCtx, _key: string): Promise<Authenticated> {
  throw new AppError("unauthorized", "This API key is not valid.");
}
