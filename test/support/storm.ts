import { fork } from "node:child_process";
import { z } from "zod";
import { Position } from "../../shared/contracts/live.ts";

export const StormRequest = z.object({
  url: z.string(),
  clients: z.number().int(),
  from: Position,
  /** Events that each of them missed. */
  expected: z.number().int(),
  give_up_ms: z.number().default(60_000),
});

const StormResult = z.object({
  /** Clients that got every number once and in order. */
  whole: z.number(),
  /** Holes, repeats and failed connections. */
  wrong: z.number(),
  /** From the first connect to the last client being whole. */
  elapsed_ms: z.number(),
});
export type StormResult = z.infer<typeof StormResult>;

/** Has many clients connect and resume at once, in a process of their own. */
export function startStorm(request: z.input<typeof StormRequest>): Promise<StormResult> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("./storm-clients.ts", import.meta.url), [JSON.stringify(request)]);
    child.once("message", (message) => {
      resolve(StormResult.parse(message));
      child.kill("SIGKILL");
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the clients' process ended before it had a result")));
  });
}
