import { describe, expect, it } from "vitest";
import { Errands } from "../../../durable-objects/feed/errands.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { recordLog } from "../../support/opensea/log.ts";

function someErrands() {
  const clock = { now: 0 };
  const { log, lines } = recordLog();
  return { clock, lines, errands: new Errands({ now: () => clock.now, random: () => 0, log }) };
}

describe("errands", () => {
  it("are done once by their name", async () => {
    const { errands } = someErrands();
    let done = 0;
    for (let time = 0; time < 3; time += 1)
      errands.add("same", async () => {
        done += 1;
      });
    await errands.run();
    await errands.run();
    expect(done).toBe(1);
  });

  it("are done again where they are asked for while they run", async () => {
    const { errands } = someErrands();
    let done = 0;
    const errand = async () => {
      done += 1;
      if (done === 1) errands.add("back-fill", errand);
    };
    errands.add("back-fill", errand);
    await errands.run();
    await errands.run();
    await errands.run();
    expect(done).toBe(2);
  });

  it("wait as long as the refusal asks for, and are tried again then", async () => {
    const { errands, clock } = someErrands();
    let tries = 0;
    errands.add("look up", async () => {
      tries += 1;
      if (tries === 1) throw new AppError("rate_limited", "quota", { headers: { "retry-after": "30" } });
    });
    await errands.run();
    expect(errands.nextDue()).toBe(30_000);
    await errands.run();
    expect(tries).toBe(1);
    clock.now = 30_000;
    await errands.run();
    expect([tries, errands.nextDue()]).toEqual([2, Number.POSITIVE_INFINITY]);
  });

  it("are given up aloud after five tries, and do not stop the others", async () => {
    const { errands, clock, lines } = someErrands();
    let others = 0;
    errands.add("hopeless", async () => Promise.reject(new Error("no")));
    errands.add("other", async () => {
      others += 1;
    });
    for (let time = 0; time < 8; time += 1) {
      await errands.run();
      clock.now += 120_000;
    }
    expect(others).toBe(1);
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: "feed errand given up", attempts: 5 },
    ]);
  });

  it("are refused aloud where too many wait", () => {
    const { errands, lines } = someErrands();
    for (let number = 0; number <= 200; number += 1) errands.add(`errand ${number}`, async () => undefined);
    expect(lines).toMatchObject([{ level: "warn", errand: "errand 200" }]);
  });
});
