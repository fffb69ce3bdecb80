import { expect, test } from "vitest";
import { publishToUsers, runPublishJob } from "../../../shared/activity/publish-to-users.ts";
import { runSyncJob } from "../../../shared/activity/run-sync-job.ts";
import { advanceTask, finishTask } from "../../../shared/activity/tasks/advance-task.ts";
import { startTask } from "../../../shared/activity/tasks/start-task.ts";
import { JobEnvelope, PublishToUsersJob, SyncUserJob } from "../../../shared/contracts/jobs.ts";
import type { UserEventInput } from "../../../shared/contracts/user-room.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { activityApp } from "../../../workers/activity/app.ts";
import { accountApp } from "../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";

function aTaskApp(backend: Backend) {
  const app = accountApp(backend, activityApp);
  const rooms = { away: false };
  const told: { user_id: string; event: UserEventInput }[] = [];
  const queued: unknown[] = [];
  const work: Promise<unknown>[] = [];
  Object.assign(app.ctx, {
    rooms: {
      user: (user_id: string) => ({
        publish: async (events: UserEventInput[]) => {
          if (rooms.away) throw new Error("the room is away");
          told.push(...events.map((event) => ({ user_id, event })));
        },
      }),
    },
    queue: { send: async (message: unknown) => void queued.push(JobEnvelope.parse(message).job) },
    later: (promise: Promise<unknown>) => void work.push(promise),
  });
  return { ...app, rooms, told, queued, settled: () => Promise.all(work) };
}

const IMPORT = { kind: "import", title: "Wallets" };

describeOnEachBackend("tasks", (backend) => {
  test("go forward to one end, and each step is told", async () => {
    const { ask, enter, told, settled } = aTaskApp(backend);
    const ann = await enter("trader");
    const made = await ask(ann, "POST", "/tasks", IMPORT);
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ status: "queued", progress: null, revision: 1 }),
    ]);
    const path = `/tasks/${made.body.id}`;
    const steps: [Record<string, unknown>, number, Record<string, unknown>][] = [
      [{ progress: 30, message: "reading" }, 200, { status: "running", progress: 30, message: "reading" }],
      [{ progress: 20 }, 409, {}],
      [{ status: "queued" }, 409, {}],
      [{ result: { rows: 3 } }, 422, {}],
      [{ error: "no" }, 422, {}],
      [{}, 422, {}],
      [{ progress: 101 }, 422, {}],
      [
        { status: "completed", result: { rows: 3 } },
        200,
        { status: "completed", progress: 100, result: { rows: 3 } },
      ],
      [{ message: "later" }, 409, {}],
      [{ status: "failed", error: "late" }, 409, {}],
    ];
    for (const [change, status, expected] of steps) {
      const answer = await ask(ann, "PATCH", path, change);
      expect([change, answer.status]).toEqual([change, status]);
      expect(answer.body).toMatchObject(expected);
    }
    expect((await ask(ann, "GET", path)).body).toMatchObject({ status: "completed", revision: 3 });
    await settled();
    const steps_told = told.filter(({ event }) => event.kind === "task_update");
    expect(steps_told.map(({ event }) => event.id)).toEqual(
      [1, 2, 3].map((revision) => `${made.body.id}:${revision}`),
    );
    expect(told.flatMap(({ event }) => (event.kind === "notification" ? [event.data] : []))).toMatchObject([
      { kind: "task.finished", level: "info", data: { task_id: made.body.id, status: "completed" } },
    ]);
  });

  test("an edit of what somebody changed meanwhile is refused", async () => {
    const { ask, enter } = aTaskApp(backend);
    const ann = await enter("trader");
    const { body, headers } = await ask(ann, "POST", "/tasks", IMPORT);
    expect(headers.get("etag")).toBe('"1"');
    const change = (tag: string) =>
      ask(ann, "PATCH", `/tasks/${body.id}`, { status: "running" }, { "if-match": tag });
    expect((await change('"1"')).status).toBe(200);
    expect((await change('"1"')).status).toBe(412);
    expect((await change('"2"')).status).toBe(200);
  });

  test("two that end it at once: one does, the other is told", async () => {
    const { ask, enter } = aTaskApp(backend);
    const ann = await enter("trader");
    const { body } = await ask(ann, "POST", "/tasks", IMPORT);
    const ends = ["completed", "cancelled", "failed"].map((status) =>
      ask(ann, "PATCH", `/tasks/${body.id}`, { status }),
    );
    expect((await Promise.all(ends)).map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test("are their owner's only", async () => {
    const { ask, enter } = aTaskApp(backend);
    const [ann, bob] = [await enter("trader"), await enter("trader")];
    const { body } = await ask(ann, "POST", "/tasks", IMPORT);
    expect((await ask(bob, "GET", `/tasks/${body.id}`)).status).toBe(404);
    expect((await ask(bob, "PATCH", `/tasks/${body.id}`, { status: "failed" })).status).toBe(404);
    expect((await ask(bob, "GET", "/tasks")).body.data).toEqual([]);
    expect((await ask(ann, "GET", "/tasks?status=queued")).body.data).toHaveLength(1);
    expect((await ask(ann, "GET", "/tasks?status=failed")).body.data).toEqual([]);
    expect((await ask(await enter("viewer"), "POST", "/tasks", IMPORT)).status).toBe(403);
  });

  test("XSEMA's own long work is told alike, and stops where its user cancelled it", async () => {
    const { ask, enter, ctx, told, settled } = aTaskApp(backend);
    const ann = await enter("trader");
    const name = { user_id: ann.id };
    const first = await ctx.transact((tx) =>
      startTask(tx, ctx, { ...name, kind: "report", title: "Weekly" }),
    );
    await advanceTask(ctx, { ...name, id: first.id }, { progress: 50 });
    await finishTask(ctx, { ...name, id: first.id }, { status: "completed", result: { file: "a" } });
    await settled();
    expect(
      told.flatMap(({ event }) => (event.kind === "task_update" ? [event.data.status] : [event.kind])),
    ).toEqual(["running", "completed", "notification"]);
    const second = await ctx.transact((tx) =>
      startTask(tx, ctx, { ...name, kind: "report", title: "Weekly" }),
    );
    await ask(ann, "PATCH", `/tasks/${second.id}`, { status: "cancelled" });
    await expect(advanceTask(ctx, { ...name, id: second.id }, { progress: 1 })).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("a room that is away is made good by a sync, told once", async () => {
    const { ask, enter, ctx, rooms, told, queued, settled } = aTaskApp(backend);
    const ann = await enter("trader");
    rooms.away = true;
    const { body } = await ask(ann, "POST", "/tasks", IMPORT);
    await settled();
    const job = SyncUserJob.parse(queued[0]);
    expect(job).toEqual({ type: "sync_user", user_id: ann.id, scopes: ["tasks"], since: body.updated_at });
    await expect(runSyncJob(ctx, job)).rejects.toThrow("away");
    rooms.away = false;
    await runSyncJob(ctx, job);
    expect(told).toMatchObject([
      { user_id: ann.id, event: { kind: "sync", data: { scopes: ["tasks"], since: body.updated_at } } },
    ]);
  });

  test("what is told to all reaches every active user, chunk by chunk", async () => {
    const { ctx, told, queued } = aTaskApp(backend);
    const at = "2026-01-01T00:00:00.000Z";
    const people = Array.from({ length: 205 }, (_, i) => ({
      id: `usr_${String(i).padStart(3, "0")}`,
      email: `p${i}@example.org`,
      email_key: `p${i}@example.org`,
      role: "viewer" as const,
      status: i === 7 ? ("suspended" as const) : ("active" as const),
      created_at: at,
      updated_at: at,
    }));
    await ctx.db.insert(users).values(people);
    await publishToUsers(ctx, { kind: "notification", id: "ntf_1", at, data: { title: "Hello" } });
    let jobs = 0;
    for (let job = queued.shift(); job !== undefined; job = queued.shift()) {
      await runPublishJob(ctx, PublishToUsersJob.parse(job));
      jobs += 1;
    }
    expect(jobs).toBe(2);
    expect(told.map(({ user_id }) => user_id).sort()).toEqual(
      people.filter((_, i) => i !== 7).map(({ id }) => id),
    );
  });
});
