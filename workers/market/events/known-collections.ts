import { makeCollections } from "../../../shared/market/make-collections.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { withDeadline } from "../../../shared/platform/deadline.ts";
import { describeError } from "../../../shared/platform/errors.ts";

/** Who hands in events waits for Postgres no longer; the rooms flush by themselves. */
const PATIENCE_MS = 2000;
const MOST_KNOWN = 10_000;

/** Slugs of collections that Postgres is known to have, as far as this isolate remembers. */
export class KnownCollections {
  readonly #slugs = new Set<string>();

  /**
   * Makes the collections that are new, so that whoever handed in their events can name them at once. Whether Postgres has
   * all of them now; where it does not answer, the flush makes them.
   */
  async ensure(
    ctx: Pick<Ctx, "db" | "now" | "log">,
    collections: readonly { slug: string; simulated: boolean }[],
  ): Promise<boolean> {
    const unknown = collections.filter(({ slug }) => !this.#slugs.has(slug));
    if (unknown.length === 0) return true;
    try {
      await withDeadline(PATIENCE_MS, () => makeCollections(ctx.db, unknown, ctx.now()));
    } catch (error) {
      ctx.log.warn("new collections wait for their flush", {
        collections: unknown.length,
        error: describeError(error),
      });
      return false;
    }
    for (const { slug } of unknown) this.#slugs.add(slug);
    for (const oldest of this.#slugs) {
      if (this.#slugs.size <= MOST_KNOWN) break;
      this.#slugs.delete(oldest);
    }
    return true;
  }
}
