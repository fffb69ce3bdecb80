/**
 * Runs `work` for at most `ms`; then it fails with a `TimeoutError`, and the signal tells the work to stop.
 * The timer goes with the work: one that is left behind, as `AbortSignal.timeout` leaves it, would keep a
 * Durable Object from hibernating until it fires.
 */
export async function withDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new DOMException(`no answer within ${ms} ms`, "TimeoutError");
    controller.abort(error);
    // Ends the wait even where the work does not listen to its signal.
    reject(error);
  }, ms);
  try {
    return await Promise.race([work(controller.signal), expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether something thrown says that a deadline passed, itself or in what caused it. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === "TimeoutError" || isTimeout(error.cause));
}
