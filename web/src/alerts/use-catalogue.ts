import { useMemo } from "react";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { readJson } from "../api/read-json.ts";
import { useRemote } from "../use-remote.ts";
import { CATALOGUE } from "./addresses.ts";
import { Catalogue } from "./shapes.ts";

/** Every metric that there is for this viewer, by name; empty until it is read. */
export function useCatalogue() {
  const remote = useRemote(CATALOGUE, (signal) => readJson(CATALOGUE, Catalogue, signal), { keep: true });
  const { data } = remote;
  const metrics = useMemo<ReadonlyMap<string, MetricDefinition>>(
    () => new Map((data?.data ?? []).map((metric) => [metric.name, metric])),
    [data],
  );
  return { ...remote, metrics };
}
