import type { Config } from "../platform/config.ts";

/** Where a mail's button leads: a page of this deployment, with the token that it needs. */
export function mailLink(config: Pick<Config, "PUBLIC_URL">, path: `/${string}`, token: string): string {
  return `${config.PUBLIC_URL}${path}?token=${encodeURIComponent(token)}`;
}
