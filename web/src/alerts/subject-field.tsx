import { useEffect, useId, useState } from "react";
import { CollectionPage } from "../../../shared/contracts/collections.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { collectionsAddress } from "../api/addresses.ts";
import { readJson } from "../api/read-json.ts";
import { Field } from "../forms/field.tsx";
import { useRemote } from "../use-remote.ts";
import { ownSeriesAddress } from "./addresses.ts";
import { SeriesPage } from "./shapes.ts";

const TYPING_PAUSE_MS = 250;
const SUGGESTED = 10;

/** Something that has the metric: what it is known by, and what people call it. */
interface Suggestion {
  value: string;
  label: string;
}

/** As it is offered: by its name, and with what it is known by where others are called the same. */
function offered({ value, label }: Suggestion, all: readonly Suggestion[]): string {
  return all.some((other) => other.label === label && other.value !== value) ? `${label} (${value})` : label;
}

/** What is meant by what was typed: a name that was offered, or what it is known by. */
export function meantBy(typed: string, all: readonly Suggestion[]): Suggestion | undefined {
  const text = typed.trim().toLowerCase();
  return (
    all.find(({ value }) => value.toLowerCase() === text) ??
    all.find((each) => offered(each, all).toLowerCase() === text)
  );
}

interface SubjectProps {
  metric: MetricDefinition | undefined;
  initial: string;
}

/** Which series is meant, by the label that they are found by: a collection is searched, a host is among those that push. */
export function SubjectField({ metric, initial }: SubjectProps) {
  const list = useId();
  const [typed, setTyped] = useState(initial);
  const suggestions = useSuggestions(metric, useSettled(typed));
  const meant = meantBy(typed, suggestions);
  const subject = metric?.subject;
  if (subject === null || subject === undefined) return null;
  return (
    <Field
      name="labels"
      label={subject.charAt(0).toUpperCase() + subject.slice(1)}
      list={list}
      autoComplete="off"
      value={typed}
      onChange={({ currentTarget }) => setTyped(currentTarget.value)}
      placeholder={`every ${subject}`}
      hint={
        <>
          {meant !== undefined && meant.label !== meant.value ? (
            <>
              {meant.label}, known as {meant.value}.
            </>
          ) : (
            <>
              {subject === "collection" && "Type a name to search. "}If empty, every {subject} is watched,
              each with its own alert.
            </>
          )}
          <input type="hidden" name="chosen_subject" value={meant?.value ?? ""} />
          <datalist id={list}>
            {suggestions.map((each) => (
              <option key={each.value} value={offered(each, suggestions)}>
                {each.value}
              </option>
            ))}
          </datalist>
        </>
      }
    />
  );
}

/** What was typed, once there is a pause. */
function useSettled(typed: string): string {
  const [settled, setSettled] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed.trim()), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled;
}

function useSuggestions(metric: MetricDefinition | undefined, typed: string): Suggestion[] {
  const owner = metric?.owner ?? "everyone";
  const subject = metric?.subject ?? null;
  const load = async (signal: AbortSignal): Promise<Suggestion[]> => {
    if (subject === "collection") {
      const address = collectionsAddress({ q: typed, sort: "volume", limit: SUGGESTED });
      const { data } = await readJson(address, CollectionPage, signal);
      return data.map(({ slug, name }) => ({ value: slug, label: name }));
    }
    if (owner !== "user" || metric === undefined || subject === null) return [];
    const { data } = await readJson(ownSeriesAddress(metric.name), SeriesPage, signal);
    const names = new Set(data.flatMap(({ labels }) => labels[subject] ?? []));
    return [...names].sort().map((value) => ({ value, label: value }));
  };
  const key = subject === "collection" ? `collections ${typed}` : `series ${metric?.name}`;
  // Without suggestions the field still takes what is typed.
  return useRemote(key, load, { keep: true }).data ?? [];
}
