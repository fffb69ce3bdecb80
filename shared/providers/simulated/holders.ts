import type { SimulatedCollection } from "./collections.ts";
import { keepRecent } from "./keep-recent.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { openStream } from "./random.ts";
import type { Stories, Story } from "./story.ts";
import type { Places } from "./tokens.ts";
import { drawWallet, nextWallet } from "./wallets.ts";

/** A token that changed hands in none of so many rounds is still with its first owner. */
const MOST_ROUNDS = 200;

export interface Holders {
  /** The wallet that has the token of a place when the place's story begins. */
  before(place: number): number;
  /** The wallet that has the token once a story which moves it has ended. */
  after(story: Story): number;
  /** The wallet that has a token (0 to supply - 1) at a time. */
  at(token: number, slice: number, at: number): number;
}

/** Whom a story names as the token's new holder, or `null` where it stays. */
function heir(story: Story | null): number | null {
  if (story === null) return null;
  if (story.type !== "listing") return story.wallet;
  return story.ending.type === "sold" ? story.ending.wallet : null;
}

/**
 * Who holds what, found by looking back through the stories of a token alone. A buyer who already holds it
 * gives way to the next wallet, so nobody trades with himself; the holder before is only looked up where
 * that could be so, which keeps the look back short.
 */
export function createHolders(
  seed: number,
  collection: SimulatedCollection,
  places: Places,
  stories: Stories,
): Holders {
  const previous = (place: number): Story | null => {
    for (let round = 1; round <= MOST_ROUNDS; round += 1) {
      const story = stories.at(place - round * collection.supply);
      if (heir(story) !== null) return story;
    }
    return null;
  };
  const firstOwner = (token: number) =>
    drawWallet(openStream(seed, purposeOf(collection.number, Purpose.first_owner), token));

  const before = keepRecent((place) => {
    const story = previous(place);
    return story === null ? firstOwner(places.tokenAt(place)) : after(story);
  }, 6_000);

  const after = (story: Story): number => {
    const wallet = heir(story);
    if (wallet === null) return before(story.place);
    const last = previous(story.place);
    const named = heir(last) ?? firstOwner(story.token);
    const perhapsHis = wallet === named || (last !== null && wallet === nextWallet(named));
    return perhapsHis && before(story.place) === wallet ? nextWallet(wallet) : wallet;
  };

  return {
    before,
    after,
    at: (token, slice, at) => {
      const place = places.lastPlace(token, slice);
      const story = stories.at(place);
      return story !== null && heir(story) !== null && story.end < at ? after(story) : before(place);
    },
  };
}
