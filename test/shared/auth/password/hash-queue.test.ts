import { expect, test } from "vitest";
import { HashQueue } from "../../../../shared/auth/password/hash-queue.ts";
import { systemClock } from "../../../../shared/platform/clock.ts";

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

test("lets other work have a turn before each", async () => {
  const queue = new HashQueue(10, systemClock);
  const said: string[] = [];
  const hashes = ["first", "second"].map((name) => queue.run(() => said.push(name)));
  setTimeout(() => said.push("other"), 0);
  await Promise.all(hashes);
  expect(said).toEqual(["first", "other", "second"]);
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
