import type { Ctx, Fetcher } from "../../../shared/platform/ctx.ts";
import { traceparent } from "../../../shared/platform/trace.ts";

/** Hands an upgrade to the object that holds the socket, which goes on with the request's trace. */
export function passUpgrade(ctx: Pick<Ctx, "trace">, object: Fetcher, request: Request): Promise<Response> {
  const passed = new Request(request);
  passed.headers.set("traceparent", traceparent(ctx.trace));
  return object.fetch(passed);
}
