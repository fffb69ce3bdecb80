import { createDb } from "../../shared/db/client.ts";
import { parseConfig } from "../../shared/platform/config.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { createLog } from "../../shared/platform/log.ts";
import { createSeal } from "../../shared/platform/seal.ts";

const nothing = (name: string) => () => {
  throw new Error(`the test did not expect ${name}`);
};

/** Good settings of a local deployment. */
export const TEST_SETTINGS = {
  ENVIRONMENT: "local",
  DATABASE_URL: "postgres://test@localhost/test",
  MASTER_KEY: "q7RzT0bXw2LkN9sVfYc4HjE6uGdPmA1oI3xKZ5yWt8Q",
  PUBLIC_URL: "http://127.0.0.1:8787",
  PUBLIC_MARKET: "on",
  REGISTRATION: "open",
};

/**
 * A context for tests. The clock stands still, nothing is logged, and whatever the test does not hand in fails
 * when it is used.
 */
export function testCtx(given: Partial<Ctx> = {}): Ctx {
  const config = given.config ?? parseConfig(TEST_SETTINGS);
  return {
    config,
    db: createDb("postgres://test@127.0.0.1/test", "http://127.0.0.1:1"),
    transact: nothing("a transaction"),
    actor: { type: "anonymous" },
    client: { ip: "192.0.2.1", user_agent: "test" },
    now: () => Date.parse("2026-01-01T00:00:00Z"),
    log: createLog("error", {}, undefined, () => {}),
    trace: { trace_id: "a".repeat(32), span_id: "b".repeat(16), sampled: true },
    rooms: {
      collection: nothing("a room"),
      collectionObject: nothing("a room"),
      relay: nothing("a relay"),
      user: nothing("a user's room"),
      board: {
        report: nothing("the board"),
        list: nothing("the board"),
        knowsRoom: nothing("the board"),
        addRequests: nothing("the board"),
        databaseAnswers: nothing("the board"),
        roomFailed: nothing("the board"),
        requests: nothing("the board"),
        markRequests: nothing("the board"),
        noteHealth: nothing("the board"),
        closeSockets: nothing("the board"),
        fetch: nothing("the board"),
      },
    },
    gates: {
      account: nothing("an account gate"),
      apiKey: nothing("a key gate"),
      login: nothing("a login guard"),
    },
    seal: createSeal(config),
    mail: { send: nothing("a mail") },
    providers: { gate: nothing("a provider gate"), feed: nothing("a provider feed") },
    queue: { send: nothing("the queue") },
    deliveries: { send: nothing("the queue of deliveries") },
    webhookSender: nothing("a webhook sender"),
    alertEngine: nothing("an engine of alerts"),
    fetch: nothing("fetch"),
    later: nothing("work after the answer"),
    ...given,
  };
}
