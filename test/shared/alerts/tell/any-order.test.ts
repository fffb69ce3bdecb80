import fc from "fast-check";
import { expect, it } from "vitest";
import { tellingWorld } from "../../../support/alerts/telling.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { insertWebhook } from "../../../support/webhooks.ts";

const WAITS = { group_wait: "10s", group_interval: "30s", repeat_interval: "2m" };
const [INTERVAL, REPEAT] = [30, 120];

type Action =
  | { do: "fire" }
  | { do: "acknowledge" | "resolve"; which: number }
  | { do: "silence"; which: number | null; begins: number; lasts: number }
  | { do: "end"; which: number }
  | { do: "wait"; for: number };

const which = fc.nat(5);
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("fire" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("acknowledge" as const, "resolve" as const), which }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ do: fc.constant("silence" as const), which: fc.option(which), begins: fc.nat(20) },
      lasts: fc.integer({ min: 5, max: 300 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("end" as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("wait" as const), for: fc.integer({ min: 1, max: 150 }) }),
  },
);

interface Known {
  id: string;
  fired: number;
  acknowledged: number | null;
  resolved: number | null;
}

interface Quiet {
  id: string;
  name: string;
  from: number;
  to: number;
}

/** What a line of a notification says of an alert, by its words. */
function saidOf(line: string): { name: string; what: "fired" | "lasts" | "over" | "resolved" } | null {
  const [, how = "", name] = /^\[warning\] Floor below 40(.*?): The floor of (\S+) is 39\.$/.exec(line) ?? [];
  if (name === undefined) return null;
  if (how === "") return { name, what: "fired" };
  if (how.startsWith(", firing")) return { name, what: "lasts" };
  return { name, what: how.startsWith(", fired") ? "over" : "resolved" };
}

describeOnEachBackend("telling in any order", (backend) => {
  async function play(actions: readonly Action[]) {
    await backend.empty();
    const world = await tellingWorld(backend);
    const { user_id, ctx } = world;
    const topics = [{ event_type: "alert.*", collection: "*" }];
    await insertWebhook(backend.db, ctx.seal, { user_id, url: "https://example.org/", topics });
    const rule = await world.rule(WAITS);
    const known = new Map<string, Known>();
    const quiet: Quiet[] = [];
    const one = (place: number) => [...known][place % Math.max(1, known.size)];
    for (const each of actions) {
      const now = world.seconds();
      if (each.do === "wait") await world.run(now + each.for);
      else if (each.do === "fire" && known.size < 6) {
        const name = `c${known.size}`;
        const [id = ""] = await world.fire(rule, name);
        known.set(name, { id, fired: now, acknowledged: null, resolved: null });
      } else if (each.do === "silence") {
        const name = each.which === null ? "*" : `c${each.which}`;
        const [from, to] = [now + each.begins, now + each.begins + each.lasts];
        quiet.push({ id: await world.silence(name, from, to), name, from, to });
      } else if (each.do === "end") {
        const silence = quiet[each.which];
        if (silence !== undefined && silence.to > now && silence.from <= now) {
          await world.endSilence(silence.id, now);
          silence.to = now;
        }
      } else if (each.do === "acknowledge" || each.do === "resolve") {
        const [, alert] = one(each.which) ?? [];
        if (alert === undefined || alert.resolved !== null) continue;
        if (each.do === "resolve") {
          await world.resolve(alert.id);
          alert.resolved = now;
        } else if (alert.acknowledged === null) {
          await world.acknowledge(alert.id);
          alert.acknowledged = now;
        }
      }
      // So that no two things happen at one instant, of which nobody could say which came first.
      await world.run(world.seconds() + 1);
    }
    await world.run(world.seconds() + 700);
    const silenced = (name: string, at: number) =>
      quiet.some((each) => (each.name === "*" || each.name === name) && each.from <= at && at < each.to);
    const told = (await world.log()).map((line) => Number.parseInt(line, 10));
    const said = (await world.notifications()).flatMap(({ body }, place) =>
      body.split("\n").flatMap((line) => {
        const found = saidOf(line);
        return found === null ? [] : [{ ...found, at: told[place] ?? Number.NaN }];
      }),
    );
    return { known, silenced, told, said, quiet, messages: await world.messages() };
  }

  it("tells each alert at most once a repeat interval, not after its end or in a silence, and none is left out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 6, maxLength: 14 }), async (actions) => {
        const { known, silenced, told, said, quiet, messages } = await play(actions);
        told.slice(1).forEach((at, place) => {
          expect(at - (told[place] ?? 0)).toBeGreaterThanOrEqual(INTERVAL);
        });
        expect(said.filter(({ name, at }) => silenced(name, at))).toEqual([]);
        for (const [name, alert] of known) {
          const own = said.filter((each) => each.name === name);
          const firing = own.filter(({ what }) => what === "fired" || what === "lasts");
          const ended = own.filter(({ what }) => what === "over" || what === "resolved");
          firing.slice(1).forEach(({ what, at }, place) => {
            expect(what).toBe("lasts");
            expect(at - (firing[place]?.at ?? 0)).toBeGreaterThanOrEqual(REPEAT);
          });
          const until = Math.min(
            alert.acknowledged ?? Number.POSITIVE_INFINITY,
            alert.resolved ?? Number.POSITIVE_INFINITY,
          );
          expect(firing.filter(({ at }) => at > until)).toEqual([]);
          expect(ended.length).toBeLessThanOrEqual(1);
          expect(own.slice(0, -1).filter((each) => ended.includes(each))).toEqual([]);
          if (ended[0]?.what === "over") expect(firing).toEqual([]);
          if (ended[0]?.what === "resolved")
            expect(firing.length > 0 || alert.acknowledged !== null).toBe(true);
          // Whoever stands at the end was told, and again and again, however silences lay.
          if (until === Number.POSITIVE_INFINITY) expect(firing.length).toBeGreaterThanOrEqual(2);
          const calm = !quiet.some((each) => each.name === "*" || each.name === name);
          if (calm && alert.resolved !== null) expect(ended.length).toBe(1);
          const heard = messages.filter((line) => line.endsWith(` ${name}`));
          const [first] = heard;
          if (first === undefined) expect(silenced(name, alert.fired)).toBe(true);
          else {
            expect(first).toContain("alert.fired");
            expect(silenced(name, Number.parseInt(first, 10))).toBe(false);
            const later = [
              ...(alert.acknowledged === null ? [] : [`${alert.acknowledged} alert.acknowledged: ${name}`]),
              ...(alert.resolved === null ? [] : [`${alert.resolved} alert.resolved: ${name}`]),
            ];
            expect(heard.slice(1)).toEqual(later);
          }
        }
      }),
      { numRuns: Number(process.env.RUNS ?? 6), endOnFailure: true },
    );
  });
});
