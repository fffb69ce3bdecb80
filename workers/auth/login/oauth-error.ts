import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError, describeError } from "../../../shared/platform/errors.ts";
import { Problem, problemResponse } from "../../../shared/platform/http/problem.ts";

const OAuthError = z.enum(["invalid_request", "invalid_grant", "unsupported_grant_type"]);
type OAuthError = z.infer<typeof OAuthError>;

export const OAuthProblem = Problem.extend({
  /** RFC 6749, 5.2. */
  error: OAuthError,
  error_description: z.string(),
}).openapi("OAuthProblem");
export type OAuthProblem = z.infer<typeof OAuthProblem>;

/** A refusal in the words of RFC 6749, 5.2; the others, such as 429, it leaves to HTTP. */
function oauthErrorOf(error: AppError): OAuthError | null {
  if (error.details.some(({ pointer }) => pointer === "/grant_type")) return "unsupported_grant_type";
  if (error.status === 401 || error.status === 403) return "invalid_grant";
  if (error.status === 400 || error.status === 415 || error.status === 422) return "invalid_request";
  return null;
}

/**
 * What a log-in by form threw: our problem document, with the members and the status 400 that clients of OAuth 2 read
 * beside it. What is not for them is thrown on as it is.
 */
export async function oauthProblem({ log, trace }: Ctx, error: unknown): Promise<OAuthProblem> {
  const word = error instanceof AppError ? oauthErrorOf(error) : null;
  if (!(error instanceof AppError) || word === null) throw error;
  log.debug("request failed", { error: describeError(error) });
  const problem = Problem.parse(await problemResponse(error, trace.trace_id).json());
  return { ...problem, status: 400, error: word, error_description: problem.detail };
}
