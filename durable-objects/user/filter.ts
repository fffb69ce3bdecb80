import { z } from "zod";
import { UserEventKind, UserFilter } from "../../shared/contracts/user-room.ts";
import { AppError } from "../../shared/platform/errors.ts";
import type { Filter, FilterReader } from "../live/filter.ts";
import type { Peer } from "../live/peer.ts";

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

/** The same for one peer, without what whoever opened its socket may not read. */
export function readPeerFilter(asked: unknown, { hidden }: Pick<Peer, "hidden">): Filter | null {
  if (hidden.length === 0) return readUserFilter(asked);
  const { kinds = UserEventKind.options } = UserFilter.parse(asked);
  const shown = kinds.filter((kind) => !hidden.includes(kind));
  if (shown.length === 0)
    throw new AppError(
      "forbidden",
      `Whoever opened this socket may not read events of: ${kinds.join(", ")}.`,
    );
  return readUserFilter({ kinds: shown });
}
