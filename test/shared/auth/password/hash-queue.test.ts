import { expect, test } from "vitest";
import { HashQueue } from "../../../../shared/auth/password/hash-queue.ts";
import { systemClock } from "../../../../shared/platform/clock.ts";

/** As a request does, which takes several turns of the event loop. */
function afterTurns(count: number, then: () => void): void {
  if (count === 0) then();
  else setImmediate(() => afterTurns(count - 1, then));
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("runs one at a time, in the order in which they came", async () => {
  const queue = new HashQueue(10, systemClock);
  const said: string[] = [];
  await Promise.all(
    ["a", "b", "c"].map((name) =>
      queue.run(async () => {
        said.push(`${name} begins`);
        await turn();
        said.push(`${name} ends`);
      }),
    ),
  );
  expect(said).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
});

test("lets what came in during one hash go before the next", async () => {
  const queue = new HashQueue(10, systemClock);
  const said: string[] = [];
  const hash = (name: string) => () => {
    said.push(name);
    afterTurns(5, () => said.push(`came in during ${name}`));
    const start = performance.now();
    while (performance.now() - start < 10);
  };
  await Promise.all([queue.run(hash("first")), queue.run(hash("second"))]);
  expect(said.slice(0, 3)).toEqual(["first", "came in during first", "second"]);
});

test("refuses beyond the limit, says when to come again, and takes more once there is room", async () => {
  const queue = new HashQueue(2, systemClock);
  const waiting = [queue.run(() => 1), queue.run(() => 2)];
  let begun = false;
  const third = queue.run(() => {
    begun = true;
  });
  await expect(third).rejects.toMatchObject({ code: "unavailable", headers: { "retry-after": "1" } });
  expect(await Promise.all(waiting)).toEqual([1, 2]);
  expect(begun).toBe(false);
  expect(await queue.run(() => 3)).toBe(3);
});

test("goes on after one that failed", async () => {
  const queue = new HashQueue(10, systemClock);
  const failing = queue.run(() => {
    throw new Error("no memory");
  });
  const next = queue.run(() => "next");
  await expect(failing).rejects.toThrow("no memory");
  expect(await next).toBe("next");
});

test("passes by whoever went away without a word", async () => {
  let now = 0;
  const queue = new HashQueue(2, () => now);
  // Never ends, as where the runtime dropped the request.
  void queue.run(() => new Promise(() => {}));
  await turn();
  const behind = queue.run(() => "behind");
  await turn();
  now = 5001;
  expect(await behind).toBe("behind");
});

test("keeps who is still there after the isolate stood still for long", async () => {
  let now = 0;
  const queue = new HashQueue(10, () => now);
  const said: string[] = [];
  const early = ["a", "b"].map((name) => queue.run(() => said.push(name)));
  now = 60_000;
  const late = queue.run(() => said.push("late"));
  await Promise.all([...early, late]);
  expect(said.sort()).toEqual(["a", "b", "late"]);
});
