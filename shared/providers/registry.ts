import type { Clock } from "../platform/clock.ts";
import type { Config } from "../platform/config.ts";
import { AppError } from "../platform/errors.ts";
import type { Log } from "../platform/log.ts";
import { callProvider } from "./gate/call.ts";
import type { ProviderLinks } from "./links.ts";
import { createOpenSeaProvider, type OpenSeaProvider } from "./opensea/provider.ts";
import type { Provider } from "./provider.ts";
import { createSimulatedProvider } from "./simulated/provider.ts";

export interface ProviderDeps {
  config: Config;
  fetch: typeof fetch;
  now: Clock;
  log: Log;
  providers: Pick<ProviderLinks, "gate">;
}

/** How long any provider may take to answer. */
const TIMEOUT_MS = 15_000;

export interface EnabledProvider {
  name: string;
  collections: string[];
  /** Its events are read by queue jobs. */
  polled: boolean;
  /** A `ProviderFeed` brings its events as they happen. */
  fed: boolean;
}

/** The providers that the settings turn on, with their collections. */
export function enabledProviders(
  config: Pick<Config, "OPENSEA_API_KEY" | "OPENSEA_COLLECTIONS" | "DEMO_MARKET" | "DEMO_SEED">,
): EnabledProvider[] {
  const enabled: EnabledProvider[] = [];
  if (config.OPENSEA_API_KEY !== undefined && config.OPENSEA_COLLECTIONS.length > 0)
    enabled.push({ name: "opensea", collections: config.OPENSEA_COLLECTIONS, polled: true, fed: true });
  if (config.DEMO_MARKET === "on") {
    const { name, collections } = createSimulatedProvider({ seed: config.DEMO_SEED, now: () => 0 });
    enabled.push({ name, collections: collections.map(({ slug }) => slug), polled: false, fed: true });
  }
  return enabled;
}

/** OpenSea by REST, every request through its gate. Throws `not_found` where no key is set. */
export function createOpenSea(deps: ProviderDeps): OpenSeaProvider {
  const { OPENSEA_API_KEY: api_key, OPENSEA_API_URL: api_url } = deps.config;
  if (api_key === undefined)
    throw new AppError("not_found", "opensea is not set up: OPENSEA_API_KEY is missing");
  const gate = deps.providers.gate("opensea");
  return createOpenSeaProvider({
    endpoint: { api_key, api_url },
    call: (request, read) =>
      callProvider(gate, deps.fetch, request, { timeoutMs: TIMEOUT_MS, now: deps.now, read }),
    now: deps.now,
    log: deps.log,
  });
}

/** A provider by its name; throws `not_found` for one that is not known or not set up. */
export function createProvider(name: string, deps: ProviderDeps): Provider {
  if (name === "opensea") return createOpenSea(deps);
  if (name === "simulated") return createSimulatedProvider({ seed: deps.config.DEMO_SEED, now: deps.now });
  throw new AppError("not_found", `there is no provider "${name}"`);
}
