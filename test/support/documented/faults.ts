import type { Page, Request as PageRequest } from "playwright-core";
import { inject } from "vitest";
import { DocumentedAnswers, isJsonType } from "./check.ts";

/** The worker alone marks its answers so, also behind a proxy of a test. */
const MARK = "x-trace-id";

const faults: string[] = [];
const reading: Promise<void>[] = [];
let documented: DocumentedAnswers | undefined;

interface Seen {
  method: string;
  url: string;
  status: number;
  headers: Headers;
  readText(): Promise<string | undefined>;
}

/** Compares an answer with the OpenAPI document, where the worker has given it. */
async function look({ method, url, status, headers, readText }: Seen): Promise<void> {
  if (!headers.has(MARK)) return;
  const contentType = headers.get("content-type");
  const body = isJsonType(contentType) && method !== "HEAD" ? await readText() : undefined;
  documented ??= new DocumentedAnswers(inject("openApiDocument"));
  const fault = documented.faultIn({ method, path: new URL(url).pathname, status, contentType, body });
  if (fault !== null) faults.push(fault);
}

/** `fetch` that looks at every answer before it gives it to whoever asked. */
function lookingFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const answer = await fetch(input, init);
    const asked = input instanceof Request ? input : { method: "GET", url: String(input) };
    const { status, headers } = answer;
    const method = init?.method?.toUpperCase() ?? asked.method;
    await look({ method, url: asked.url, status, headers, readText: () => answer.clone().text() });
    return answer;
  };
}

let looking: typeof globalThis.fetch | undefined;

/** Looks at every answer to `fetch` from now on. A worker runs several files, and asks for this before each. */
export function lookAtFetch(): void {
  looking ??= lookingFetch(globalThis.fetch);
  globalThis.fetch = looking;
}

async function lookAtRequest(request: PageRequest): Promise<void> {
  // The browser has forgotten answers and bodies where the page was closed or went elsewhere meanwhile.
  const forgotten = () => undefined;
  const answer = await request.response().catch(forgotten);
  const headers = new Headers(await answer?.allHeaders().catch(forgotten));
  if (!answer) return;
  const readText = () => answer.text().catch(forgotten);
  await look({ method: request.method(), url: request.url(), status: answer.status(), headers, readText });
}

/** Looks at every answer that a page's scripts were given. */
export function lookAtPage(page: Page): void {
  page.on("requestfinished", (request) => {
    if (["fetch", "xhr"].includes(request.resourceType())) reading.push(lookAtRequest(request));
  });
}

/** @throws Error that names every answer that was not as documented since the last time. */
export async function failOnFaults(): Promise<void> {
  await Promise.all(reading.splice(0));
  const found = [...new Set(faults.splice(0))];
  if (found.length > 0) throw new Error(`Answers differ from the OpenAPI document:\n${found.join("\n")}`);
}
