import { z } from "zod";
import { IngestAnswer } from "../../shared/contracts/ingest.ts";
import type { MarketEventInput } from "../../shared/contracts/market.ts";
import { ReplayError } from "./replay-error.ts";

/** What a replay reads of the platform's answer; `index` counts within the batch. */
const BatchAnswer = IngestAnswer.omit({ positions: true });
export type BatchAnswer = z.infer<typeof BatchAnswer>;

const Problem = z.object({ detail: z.string().optional(), title: z.string().optional() });

export interface SenderDeps {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Resolves after so many milliseconds; rejects when the replay is stopped. */
  sleep: (ms: number) => Promise<void>;
  now: () => number;
  random: () => number;
  /** Told before each new attempt. */
  onRetry: (reason: string, waitMs: number) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;
const REQUEST_MS = 60_000;
/** Without a single answer for this long, the platform is not coming back by itself. */
const PATIENCE_MS = 5 * 60_000;

type Attempt = { answer: BatchAnswer } | { retry: string; after: number | null } | { halve: true };

/**
 * Sends batches to `POST /api/v1/market/events`. A platform that is away, restarting or busy is asked again
 * with growing, jittered waits; a batch that is too large goes in halves. Nothing is doubled by that, since
 * events keep their keys. Throws a `ReplayError` where asking again cannot help.
 */
export function createSender(target: { url: string; token: string }, deps: SenderDeps) {
  const address = new URL("/api/v1/market/events", target.url).href;

  const attempt = async (events: MarketEventInput[]): Promise<Attempt> => {
    let response: Response;
    let text: string;
    try {
      response = await deps.fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${target.token}` },
        body: JSON.stringify({ events }),
        signal: AbortSignal.timeout(REQUEST_MS),
      });
      text = await response.text();
    } catch (error) {
      return { retry: `no answer from ${address} (${reasonOf(error)})`, after: null };
    }
    if (response.status === 429 || response.status >= 500) {
      const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
      return {
        retry: `${address} answered ${response.status} (${problemOf(text)})`,
        after: Number.isFinite(seconds) ? seconds * 1_000 : null,
      };
    }
    if (response.status === 413 && events.length > 1) return { halve: true };
    if (!response.ok) throw refusal(address, response.status, problemOf(text));
    const answer = BatchAnswer.safeParse(jsonOf(text));
    if (answer.success) return { answer: answer.data };
    throw new ReplayError(`${address} is no XSEMA: its answer has no accepted, duplicate and rejected.`);
  };

  return async function send(events: MarketEventInput[]): Promise<BatchAnswer> {
    const begun = deps.now();
    for (let tries = 0; ; tries += 1) {
      const outcome = await attempt(events);
      if ("answer" in outcome) return outcome.answer;
      if ("halve" in outcome) {
        const middle = Math.ceil(events.length / 2);
        const first = await send(events.slice(0, middle));
        return joinAnswers(first, await send(events.slice(middle)), middle);
      }
      if (deps.now() - begun > PATIENCE_MS)
        throw new ReplayError(`Gave up: ${outcome.retry}. Run the same command again to go on from here.`);
      const growing = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries);
      const wait = Math.round(outcome.after ?? growing * (0.5 + deps.random() / 2));
      deps.onRetry(outcome.retry, wait);
      await deps.sleep(wait);
    }
  };
}

function joinAnswers(first: BatchAnswer, second: BatchAnswer, offset: number): BatchAnswer {
  const shifted = second.rejected.map((entry) => ({ ...entry, index: entry.index + offset }));
  return {
    accepted: first.accepted + second.accepted,
    duplicate: first.duplicate + second.duplicate,
    rejected: [...first.rejected, ...shifted],
  };
}

function refusal(address: string, status: number, reason: string): ReplayError {
  if (status === 401 || status === 403)
    return new ReplayError(
      `${address} does not accept the key (${status}: ${reason}). It must be an API key with the scope market:ingest: by --token, ` +
        "by the environment variable INGEST_API_KEY, or in .dev.vars of the folder that npm start runs in.",
    );
  return new ReplayError(`${address} refused the events (${status}: ${reason}).`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function problemOf(text: string): string {
  const problem = Problem.safeParse(jsonOf(text));
  const said = problem.success ? (problem.data.detail ?? problem.data.title) : undefined;
  return said ?? (text.slice(0, 200) || "no reason given");
}

/** The reason beneath `fetch failed`. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof AggregateError) return reasonOf(error.cause.errors[0]);
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message;
}
