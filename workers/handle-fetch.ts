import { type RequestPatience, requestPatience } from "../shared/db/patience.ts";
import { systemClock } from "../shared/platform/clock.ts";
import { ConfigError } from "../shared/platform/config.ts";
import type { Ctx } from "../shared/platform/ctx.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError } from "../shared/platform/errors.ts";
import { withStandardHeaders } from "../shared/platform/http/handle.ts";
import { problemResponse } from "../shared/platform/http/problem.ts";
import { requestAddress } from "../shared/platform/http/request-address.ts";
import { createLog } from "../shared/platform/log.ts";
import { continueTrace } from "../shared/platform/trace.ts";
import { clientOf, configOf, createContext } from "./context.ts";
import { currentVersion, root } from "./root.ts";

/** Answers an HTTP request. */
export async function handleFetch(request: Request, env: Bindings, execution: ExecutionContext) {
  const traceHeader = request.headers.get("traceparent");
  let ctx: Ctx;
  let patience: RequestPatience;
  try {
    patience = requestPatience(configOf(env).DATABASE_DEADLINE_MS, systemClock);
    ctx = createContext(env, {
      actor: { type: "anonymous" },
      client: clientOf(request, env),
      traceHeader,
      later: (work) => execution.waitUntil(work),
      patience,
    });
  } catch (error) {
    return refuseToServe(error, traceHeader);
  }
  let url: URL;
  try {
    url = requestAddress(request);
  } catch (error) {
    return withStandardHeaders(problemResponse(error, ctx.trace.trace_id), ctx);
  }
  const path = currentVersion(url.pathname);
  const target = path === url.pathname ? request : new Request(new URL(path + url.search, url), request);
  try {
    return await root.fetch(target, { ctx, assets: env.ASSETS });
  } finally {
    // A stream goes on, as does what is done after the answer.
    patience.lift();
  }
}

/** Nothing is served on settings that are missing or weak. The log names all of them, the answer none. */
function refuseToServe(error: unknown, traceHeader: string | null): Response {
  const trace = continueTrace(traceHeader);
  const problems = error instanceof ConfigError ? error.problems.join("; ") : String(error);
  createLog("error", { trace_id: trace.trace_id }).error("the configuration is not usable", { problems });
  const refusal = new AppError(
    "unavailable",
    "This deployment is not configured. Its operator finds the reasons in the log.",
  );
  return withStandardHeaders(problemResponse(refusal, trace.trace_id), { trace, config: null });
}
