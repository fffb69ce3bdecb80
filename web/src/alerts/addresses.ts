const API = "/api/v1";

export const ACTIVE_ALERTS = `${API}/alerts?state=active&limit=100`;
/** What stands and asks for nothing: apart, so that it takes no place from what is active. */
export const QUIET_ALERTS = `${API}/alerts?state=pending,acknowledged&limit=50`;
export const ALERT_COUNTS = `${API}/alerts/counts`;
export const ACKNOWLEDGE = `${API}/alerts/acknowledge`;
export const RULES = `${API}/alert-rules`;
export const PREVIEW = `${RULES}/preview`;
export const SILENCES = `${API}/silences`;
export const PREVIEW_SILENCE = `${SILENCES}/preview`;
export const CATALOGUE = `${API}/metrics/catalogue`;

export const alertAddress = (id: string) => `${API}/alerts/${encodeURIComponent(id)}`;
export const ruleAddress = (id: string) => `${RULES}/${encodeURIComponent(id)}`;
export const silenceAddress = (id: string) => `${SILENCES}/${encodeURIComponent(id)}`;

export interface HistoryFilter {
  level: string;
  collection: string;
}

/** What is over, and had fired. */
export function historyAddress({ level, collection }: HistoryFilter): string {
  const query = new URLSearchParams({ state: "resolved", fired: "true", limit: "20" });
  if (level !== "") query.set("level", level);
  if (collection !== "") query.set("collection", collection);
  return `${API}/alerts?${query}`;
}

/** Series that one has pushed; of one metric, where it is named. */
export function ownSeriesAddress(metric?: string): string {
  const query = new URLSearchParams({ limit: "500", ...(metric !== undefined && { metric }) });
  return `${API}/metrics/series?${query}`;
}
