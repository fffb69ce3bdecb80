import type { Fetcher } from "../shared/platform/ctx.ts";
import { AppError } from "../shared/platform/errors.ts";

/** Addresses inside the page, which all show the one document that routes for itself. */
const PAGE_PATH =
  /^\/(?:c\/[^/]+|sign-in|register|verify-email|confirm-email-change|cancel-email-change|forgot-password|reset-password|accept-invite|account|alerts(?:\/(?:new|silences|rules(?:\/[^/]+)?))?|monitoring)\/?$/;

/**
 * The page or file at an address; `null` where there is none. Throws `method_not_allowed` for what is there
 * and can only be read.
 */
export async function findAsset(assets: Fetcher, request: Request): Promise<Response | null> {
  const url = new URL(request.url);
  const { method, headers } = request;
  const target = PAGE_PATH.test(url.pathname) ? new URL("/", url) : url;
  const answer = await assets.fetch(new Request(target, { method, headers }));
  if (answer.status === 404) return null;
  if (answer.status !== 405) return answer;
  throw new AppError("method_not_allowed", `${method} is not possible here; use GET or HEAD.`, {
    headers: { allow: "GET, HEAD" },
  });
}
