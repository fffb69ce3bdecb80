/**
 * A fetch with an end: the whole body is read within `ms`, or it fails with a `TimeoutError`. The timer goes
 * with the answer: one that is left behind, as `AbortSignal.timeout` leaves it, would keep a Durable Object
 * from hibernating until it fires.
 */
export async function timedFetch(
  fetcher: typeof fetch,
  input: RequestInfo | URL,
  init: RequestInit,
  ms: number,
): Promise<Response> {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError")),
    ms,
  );
  try {
    const response = await fetcher(input, { ...init, signal: controller.signal });
    return new Response(await response.arrayBuffer(), response);
  } finally {
    clearTimeout(timer);
  }
}
