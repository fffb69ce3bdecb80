import { expect, it } from "vitest";
import { runEngine } from "../../../../shared/alerts/run-engine.ts";
import { collectionEngine } from "../../../../shared/alerts/wake-alerts.ts";
import { alert_group_members } from "../../../../shared/db/schema/index.ts";
import type { Transact } from "../../../../shared/db/transaction.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { engineCtx, readAlerts } from "../../../support/alerts/engine.ts";
import { insertRule } from "../../../support/alerts/rules.ts";
import { type Backend, describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent } from "../../../support/flush.ts";
import { insertUser } from "../../../support/webhooks.ts";

const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000).toISOString();

/** Counts what is begun by the methods of a transaction: each is a statement. */
function counting(transact: Transact): { transact: Transact; count: () => number } {
  let calls = 0;
  return {
    count: () => calls,
    transact: (work) =>
      transact((tx) =>
        work(
          new Proxy(tx, {
            get(target, name) {
              if (["execute", "select", "insert", "update", "delete"].includes(String(name))) calls += 1;
              const value = Reflect.get(target, name);
              return typeof value === "function" ? value.bind(target) : value;
            },
          }),
        ),
      ),
  };
}

async function statementsFor(backend: Backend, owners: number): Promise<number> {
  await backend.empty();
  for (let made = 0; made < owners; made++)
    await insertRule(backend.db, { user_id: await insertUser(backend.db), at: at(0) });
  const floor = { cause: "new_listing" as const, floor: aFloor({ price: "39" }) };
  const event = await aFlushEvent(1, { kind: "listing", price: "39", occurred_at: at(1) }, { floor });
  await storeEvents(backend.db, aBatch([event], { currency: "ETH" }));
  const { transact, count } = counting(backend.transact);
  const { ctx } = engineCtx(backend, { now: at(1) });
  await runEngine({ ...ctx, transact }, collectionEngine("punks"));
  expect(await readAlerts(backend.db)).toHaveLength(owners);
  expect(await backend.db.$count(alert_group_members)).toBe(owners);
  return count();
}

describeOnEachBackend("an event that fires the rules of many", (backend) => {
  it("takes as many statements as one that fires the rules of a few", async () => {
    expect(await statementsFor(backend, 25)).toBe(await statementsFor(backend, 2));
  });
});
