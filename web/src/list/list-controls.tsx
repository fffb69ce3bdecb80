import { useEffect, useState } from "react";
import { navigate } from "../router.ts";
import { type ListQuery, listAddress, SORTS } from "./list-query.ts";

const TYPING_PAUSE_MS = 250;

/** Search and order of the list. */
export function ListControls({ query }: { query: ListQuery }) {
  const [text, setText] = useState(query.q);
  const { q, sort } = query;
  useEffect(() => {
    if (text.trim() === q) return;
    const timer = setTimeout(
      () => navigate(listAddress({ q: text.trim(), sort }), "replace"),
      TYPING_PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [text, q, sort]);
  return (
    <search className="list-controls">
      <label>
        <span className="unseen">Search collections</span>
        <input
          className="field"
          type="search"
          placeholder="Search collections"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <label className="list-sort">
        <span>Sort by</span>
        <select
          className="field"
          value={sort}
          onChange={(event) => {
            const chosen = SORTS.find((each) => each.name === event.target.value);
            if (chosen) navigate(listAddress({ q, sort: chosen.name }), "replace");
          }}
        >
          {SORTS.map(({ name, label }) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </search>
  );
}
