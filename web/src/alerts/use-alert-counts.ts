import { useEffect, useRef } from "react";
import { AlertCounts } from "../../../shared/contracts/alerts.ts";
import { readJson } from "../api/read-json.ts";
import { useRemote } from "../use-remote.ts";
import { ALERT_COUNTS } from "./addresses.ts";

/** A storm of alerts is counted once in so long. */
const PAUSE_MS = 2000;

/** How many alerts stand in all, counted again when `changes` grows and at once by `recount`; `null`: not known yet. */
export function useAlertCounts(changes: number): { counts: AlertCounts | null; recount(): void } {
  const { data, reload } = useRemote(ALERT_COUNTS, (signal) => readJson(ALERT_COUNTS, AlertCounts, signal), {
    keep: true,
  });
  const waiting = useRef(false);
  useEffect(() => {
    if (changes === 0 || waiting.current) return;
    waiting.current = true;
    setTimeout(() => {
      waiting.current = false;
      reload();
    }, PAUSE_MS);
  }, [changes, reload]);
  return { counts: data, recount: reload };
}
