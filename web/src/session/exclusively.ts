/** The lock that tabs share. */
const LOCK = "xsema.session";

/** Runs one after the other, over all tabs. Browsers have locks in secure contexts only; elsewhere, within this tab. */
export function createExclusively(locks: LockManager | undefined) {
  let last: Promise<unknown> = Promise.resolve();
  return async <Result>(run: () => Promise<Result>): Promise<Result> => {
    if (locks) return await locks.request(LOCK, run);
    const mine = last.then(run);
    last = mine.catch(() => undefined);
    return mine;
  };
}
