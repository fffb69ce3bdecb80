import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { Task } from "../../shared/contracts/activity.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { LiveStatus } from "../../workers/market/live/schema.ts";
import { until } from "../support/api.ts";
import { DeviceClient } from "../support/devices.ts";
import { createPerson, MASTER_KEY, openSessionOf, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween } from "../support/watcher.ts";

let platform: Platform;
let ctx: Ctx;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY, PUBLIC_MARKET: "off" } });
  ctx = platformCtx(platform);
});
afterAll(() => platform.stop());

async function call(method: string, path: string, { headers }: Pick<Person, "headers">, body?: unknown) {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : z.json().parse(JSON.parse(text)) };
}

async function startedTask(person: Person, title: string): Promise<Task> {
  const { status, body } = await call("POST", "/tasks", person, { kind: "import", title });
  expect(status).toBe(201);
  return Task.parse(body);
}

const deviceOf = (person: Pick<Person, "headers">, agent = "curl/8.5.0", query = "") =>
  new DeviceClient(platform.url, { ...person.headers, "user-agent": agent }, query);

describe("a user's room", () => {
  test("tells every device of its user, and nobody else", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    const [phone, desk, foreign] = [deviceOf(ann), deviceOf(ann), deviceOf(bob)];
    for (const device of [phone, desk, foreign]) expect(await device.connect()).toBe(101);
    const task = await startedTask(ann, "one");
    await call("PATCH", `/tasks/${task.id}`, ann, { progress: 40 });
    await phone.has(2);
    await desk.has(2);
    expect(phone.events).toEqual(desk.events);
    expect(phone.events.map((event) => event.kind)).toEqual(["task_update", "task_update"]);
    expect(phone.events[1]?.data).toMatchObject({
      id: task.id,
      status: "running",
      progress: 40,
      revision: 2,
    });
    await startedTask(bob, "bob's own");
    const [own] = await foreign.has(1);
    expect(own?.data).toMatchObject({ title: "bob's own" });
    expect(foreign.numbers).toEqual([1]);
  });

  test("a device that drops out again and again misses no number and sees none twice", async () => {
    const ann = await createPerson(ctx);
    const [steady, flaky] = [deviceOf(ann), deviceOf(ann)];
    await steady.connect();
    await flaky.connect();
    const rounds = 6;
    for (let round = 0; round < rounds; round += 1) {
      const { id } = await startedTask(ann, `round ${round}`);
      flaky.cut();
      for (const progress of [10, 60]) await call("PATCH", `/tasks/${id}`, ann, { progress });
      // The object's memory goes as well; its sockets and its log stay.
      if (round % 2 === 1) await platform.evict("UserRoom", ann.user_id);
      expect(await flaky.connect()).toBe(101);
    }
    await steady.has(rounds * 3);
    await flaky.has(rounds * 3);
    expect(flaky.numbers).toEqual(numbersBetween(0, rounds * 3));
    expect(steady.numbers).toEqual(flaky.numbers);
    expect(flaky.resets).toBe(0);
  });

  test("a killed worker costs a device nothing but the connection", async () => {
    const ann = await createPerson(ctx);
    const device = deviceOf(ann);
    await device.connect();
    await startedTask(ann, "before");
    await device.has(1);
    await platform.killWorker();
    device.cut();
    await platform.restartWorker();
    await startedTask(ann, "after");
    expect(await device.connect()).toBe(101);
    await device.has(2);
    expect(device.numbers).toEqual([1, 2]);
    expect(device.resets).toBe(0);
  });

  test("sends only the kinds that were asked for, and counts the others", async () => {
    const ann = await createPerson(ctx);
    const device = deviceOf(ann);
    await device.connect({ kinds: ["notification"] });
    await startedTask(ann, "quiet");
    await until(
      () => device.position?.seq,
      (seq) => seq === 1,
    );
    expect(device.events).toEqual([]);
  });

  test("a frame that makes no sense there is answered with an error", async () => {
    const device = deviceOf(await createPerson(ctx));
    await expect(device.connect({ kinds: ["sale"] })).rejects.toThrow("invalid_frame");
  });
});

describe("presence", () => {
  test("devices hear of each other, and the status lists one's own", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    const desk = deviceOf(
      ann,
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    );
    const phone = deviceOf(ann);
    await desk.connect();
    await phone.connect();
    const shown = phone.frames.find((frame) => frame.op === "snapshot");
    expect(shown?.devices.map(({ label }) => label)).toEqual(["Firefox on Windows", "curl"]);
    const read = async (person: Person) => LiveStatus.parse((await call("GET", "/ws/status", person)).body);
    expect((await read(ann)).devices).toMatchObject([{ label: "Firefox on Windows" }, { label: "curl" }]);
    expect((await read(bob)).devices).toEqual([]);
    await until(
      async () => (await read(bob)).users,
      ({ rooms, connections }) => rooms >= 1 && connections >= 2,
    );
    expect(JSON.stringify(await read(bob))).not.toContain(ann.user_id);
    phone.cut();
    const changes = () =>
      desk.frames.flatMap((frame) =>
        frame.op === "connection" ? [`${frame.device.label} ${frame.change}, ${frame.devices}`] : [],
      );
    await until(changes, (list) => list.length === 2);
    expect(changes()).toEqual(["curl opened, 2", "curl closed, 1"]);
    expect(desk.numbers).toEqual([]);
  });
});

describe("who may watch", () => {
  test("another user's room is refused, one's own may be named", async () => {
    const [ann, bob] = [await createPerson(ctx), await createPerson(ctx)];
    expect(await deviceOf(ann, "curl/8.5.0", `?user_id=${bob.user_id}`).connect()).toBe(403);
    expect(await deviceOf(ann, "curl/8.5.0", `?user_id=${ann.user_id}`).connect()).toBe(101);
    expect(await new DeviceClient(platform.url, {}).connect()).toBe(401);
  });

  test("a key that may not read alerts is told of none", async () => {
    const ann = await createPerson(ctx);
    const made = await call("POST", "/api-keys", ann, { name: "reader", scopes: ["activity:read"] });
    expect(made.status).toBe(201);
    const { key } = z.object({ key: z.string() }).parse(made.body);
    const reader = () => deviceOf({ headers: { authorization: `Bearer ${key}` } });
    await expect(reader().connect({ kinds: ["alert"] })).rejects.toThrow("forbidden");
    const device = reader();
    expect(await device.connect()).toBe(101);
    await startedTask(ann, "still told");
    await device.has(1);
  });

  test("a socket closes when its own session ends, and the other goes on", async () => {
    const ann = await createPerson(ctx);
    const second = await openSessionOf(ctx, {
      id: ann.user_id,
      email: ann.email,
      role: "trader",
      access_version: 1,
    });
    const [kept, ended] = [deviceOf(ann), deviceOf(second)];
    await kept.connect();
    await ended.connect();
    expect((await call("DELETE", `/auth/sessions/${second.session_id}`, ann)).status).toBe(204);
    await until(
      () => ended.closed,
      (closed) => closed !== null,
    );
    expect(ended.closed?.code).toBe(4401);
    await startedTask(ann, "still told");
    await kept.has(1);
    expect(kept.closed).toBeNull();
  });
});
