import { RequestFailed } from "./problem.ts";

/** The user who tries again does so soon; what is sent later is meant anew. */
const TRIED_AGAIN_MS = 10 * 60_000;
const MOST = 50;

interface OpenPost {
  key: string;
  at: number;
}

/** Whether the server may have carried the request out although it did not say so. */
function isOpen(error: unknown): boolean {
  // An abort by the caller, too, may come after the request has arrived.
  return !(error instanceof RequestFailed) || error.status === 0 || error.status >= 500;
}

function newKey(): string {
  // `randomUUID` is there under https and on this machine only.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/**
 * Gives each POST an `Idempotency-Key`, and the same one to the same request while nobody knows what became of it. So a
 * form that is sent again after "No answer" makes nothing twice.
 */
export class OpenPosts {
  readonly #open = new Map<string, OpenPost>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Runs `send` with the key of this request. */
  async run<T>(address: string, body: unknown, send: (key: string) => Promise<T>): Promise<T> {
    const name = `${address}\n${JSON.stringify(body) ?? ""}`;
    const before = this.#open.get(name);
    const at = this.#now();
    const key = before !== undefined && at - before.at < TRIED_AGAIN_MS ? before.key : newKey();
    this.#open.delete(name);
    try {
      return await send(key);
    } catch (error) {
      if (isOpen(error)) this.#remember(name, { key, at });
      throw error;
    }
  }

  #remember(name: string, post: OpenPost): void {
    this.#open.set(name, post);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= MOST) break;
      this.#open.delete(oldest);
    }
  }
}
