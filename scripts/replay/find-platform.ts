import { resolve } from "node:path";
import type { Running } from "../local/running.ts";
import { ReplayError } from "./replay-error.ts";

const PROBE_MS = 5_000;

export interface Target {
  url: string;
  /** Where `npm start` keeps the API key of that platform. */
  devVars: string;
}

interface FindDeps {
  env: Record<string, string | undefined>;
  devVars: string;
  listRunning(): Promise<Running[]>;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/**
 * The platform that a replay goes to: the one that is named, or the one that this clone runs, or whatever answers at the
 * port of `PORT`. Throws a `ReplayError` where there is none, or more than one.
 */
export async function findPlatform(asked: string | undefined, deps: FindDeps): Promise<Target> {
  const { env } = deps;
  const devVars = env.DEV_VARS || deps.devVars;
  if (asked !== undefined) return { url: asked, devVars };
  const all = await deps.listRunning();
  const wanted = all.filter(
    ({ url, data_dir }) =>
      (!env.DATA_DIR || data_dir === resolve(env.DATA_DIR)) &&
      (!env.PORT || env.PORT === "0" || new URL(url).port === env.PORT),
  );
  const [only, ...others] = wanted;
  if (others.length > 0)
    throw new ReplayError(
      `Several platforms run here: ${wanted.map(({ url, data_dir }) => `${url} (data in ${data_dir})`).join(", ")}. ` +
        "Say which by --url ADDRESS.",
    );
  if (only !== undefined) return { url: only.url, devVars: only.dev_vars };
  // One of another clone, or of an earlier version, says nothing of itself here.
  const url = `http://127.0.0.1:${env.PORT || 8787}`;
  const answers = await deps.fetch(`${url}/health`, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (answers) return { url, devVars };
  throw new ReplayError(
    `No platform runs here, and none answers at ${url}: start one with npm start, or say where it is by --url ADDRESS.`,
  );
}
