import { z } from "zod";
import { UserEventKind, UserFilter } from "../../shared/contracts/user-room.ts";
import type { FilterReader } from "../live/filter.ts";

const Kind = z.object({ kind: UserEventKind });

/** The filter of a user's events, by kind. */
export const readUserFilter: FilterReader = (asked) => {
  const source = UserFilter.parse(asked);
  if (source.kinds === undefined) return null;
  const kinds = new Set(source.kinds);
  return {
    key: [...kinds].sort().join(),
    source,
    passes: (body) => kinds.has(Kind.parse(JSON.parse(body)).kind),
  };
};
