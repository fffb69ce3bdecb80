import { z } from "@hono/zod-openapi";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError, describeError } from "../../../shared/platform/errors.ts";
import { Problem, problemResponse } from "../../../shared/platform/http/problem.ts";

const OAuthError = z.enum([
  "invalid_request",
  "invalid_grant",
  "unsupported_grant_type",
  "unsupported_token_type",
]);
type OAuthError = z.infer<typeof OAuthError>;

export const OAuthProblem = Problem.extend({
  /** RFC 6749, 5.2; RFC 7009, 2.2.1. */
  error: OAuthError,
  error_description: z.string(),
}).openapi("OAuthProblem");
export type OAuthProblem = z.infer<typeof OAuthProblem>;

/** A refusal in the words of RFC 6749, 5.2; the others, such as 429, it leaves to HTTP. */
function oauthErrorOf(error: AppError): OAuthError | null {
  const isAbout = (field: string) => error.details.some(({ pointer }) => pointer === field);
  if (isAbout("/grant_type")) return "unsupported_grant_type";
  if (isAbout("/token_type")) return "unsupported_token_type";
  if (error.status === 401 || error.status === 403) return "invalid_grant";
  if (error.status === 400 || error.status === 415 || error.status === 422) return "invalid_request";
  return null;
}

/** RFC 6749, 5.2 allows neither quotes and backslashes nor what is beyond ASCII. */
const plain = (text: string) => text.replace(/["“”]/g, "'").replace(/[^\x20-\x7e]|\\/g, " ");

/**
 * What a form of OAuth 2 threw, as its clients read it: JSON with status 400, and the members of a problem document beside
 * theirs. What is not for them, such as 429 and 503, is thrown on as it is.
 */
export async function oauthProblem({ log, trace }: Ctx, error: unknown): Promise<OAuthProblem> {
  const word = error instanceof AppError ? oauthErrorOf(error) : null;
  if (!(error instanceof AppError) || word === null) throw error;
  log.debug("request failed", { error: describeError(error) });
  const problem = Problem.parse(await problemResponse(error, trace.trace_id).json());
  return { ...problem, status: 400, error: word, error_description: plain(problem.detail) };
}
