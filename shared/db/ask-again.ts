import { retryDelay } from "./retry-delay.ts";
import { isDatabaseUnavailable } from "./unavailable.ts";

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Asks the database up to `most` times while it cannot be asked, a little later each time. Only for what may be carried
 * out twice: the answer of one that was may be lost.
 */
export async function askAgain<T>(most: number, ask: () => Promise<T>, wait = sleep): Promise<T> {
  for (let asked = 1; ; asked += 1) {
    try {
      return await ask();
    } catch (error) {
      if (asked >= most || !isDatabaseUnavailable(error)) throw error;
      await wait(retryDelay(asked, error, Math.random()));
    }
  }
}
