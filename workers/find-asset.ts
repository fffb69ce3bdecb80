import type { Fetcher } from "../shared/platform/ctx.ts";
import { AppError } from "../shared/platform/errors.ts";

/** Addresses inside the page, which all show the one document that routes for itself. */
const PAGE_PATH =
  /^\/(?:c\/[^/]+|sign-in|register|verify-email|confirm-email-change|cancel-email-change|forgot-password|reset-password|accept-invite|account|alerts(?:\/(?:new|silences|rules(?:\/[^/]+)?))?|monitoring)\/?$/;

/** Whether a person asks who reads pages, rather than a program or another page that wants a file. */
function wantsPage({ method, headers }: Request): boolean {
  return (method === "GET" || method === "HEAD") && (headers.get("accept") ?? "").includes("text/html");
}

/** The page, which says itself that there is nothing at its address; `null` for whoever reads no pages. */
export async function notFoundPage(assets: Fetcher, request: Request): Promise<Response | null> {
  if (!wantsPage(request)) return null;
  const { method, headers } = request;
  const asked = new Headers(headers);
  // The page may have been shown at another address before, where it was something else.
  for (const name of ["if-none-match", "if-modified-since", "range"]) asked.delete(name);
  const page = await assets.fetch(new Request(new URL("/", request.url), { method, headers: asked }));
  return page.ok ? new Response(page.body, { status: 404, headers: page.headers }) : null;
}

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
