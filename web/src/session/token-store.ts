import { z } from "zod";

/** What outlives the page. `login` is made anew by each log-in, so that tabs tell a refresh from another person. */
const Kept = z.object({ refresh_token: z.string(), login: z.string() });
export type Kept = z.infer<typeof Kept>;

export interface TokenStore {
  read(): Kept | null;
  write(kept: Kept | null): void;
  /** Calls when another tab wrote; the returned function stops that. */
  onChange(listener: () => void): () => void;
}

const KEY = "xsema.session";

/** Kept in `localStorage`, for all tabs; where storage is off, for as long as the page is open. */
export function createTokenStore(
  page: Pick<Window, "localStorage" | "addEventListener" | "removeEventListener">,
) {
  /** `undefined`: the storage can be read. */
  let own: Kept | null | undefined;
  const store: TokenStore = {
    read() {
      if (own !== undefined) return own;
      try {
        return parseKept(page.localStorage.getItem(KEY));
      } catch {
        return null;
      }
    },
    write(kept) {
      try {
        if (kept === null) page.localStorage.removeItem(KEY);
        else page.localStorage.setItem(KEY, JSON.stringify(kept));
        own = undefined;
      } catch {
        own = kept;
      }
    },
    onChange(listener) {
      // A key of `null`: everything was cleared.
      const heard = ({ key }: StorageEvent) => {
        if (key === KEY || key === null) listener();
      };
      page.addEventListener("storage", heard);
      return () => page.removeEventListener("storage", heard);
    },
  };
  return store;
}

function parseKept(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    // Of another version of the page, or written by hand: as good as none.
    return null;
  }
}
