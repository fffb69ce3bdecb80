import { expect, test } from "vitest";
import { EventLog } from "../../../durable-objects/room/event-log.ts";
import { readPeerFilter } from "../../../durable-objects/user/filter.ts";
import { userSource } from "../../../durable-objects/user/source.ts";
import { USER_STORAGE } from "../../../durable-objects/user/storage.ts";
import { UserLog } from "../../../durable-objects/user/user-log.ts";
import type { UserEventInput } from "../../../shared/contracts/user-room.ts";
import { UserServerFrame } from "../../../shared/contracts/user-room.ts";
import { fixedClock } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

const alert = JSON.stringify({ kind: "alert" });
const activity = JSON.stringify({ kind: "activity" });

test("what somebody may not read passes no filter, whatever is asked for", () => {
  const hidden = ["alert"];
  for (const asked of [{}, { kinds: ["alert", "activity"] }]) {
    const filter = readPeerFilter(asked, { hidden });
    expect([filter?.passes(alert), filter?.passes(activity)]).toEqual([false, true]);
  }
  expect(() => readPeerFilter({ kinds: ["alert"] }, { hidden })).toThrow("may not read");
  expect(readPeerFilter({}, { hidden: [] })).toBeNull();
});

test("a snapshot shows no event of a hidden kind", async () => {
  const clock = fixedClock();
  const sql = memorySql();
  const user = new UserLog(sql, EventLog.create(sql, USER_STORAGE, "ep_1"), "usr_1", clock.now);
  const at = "2026-01-01T12:00:00.000Z";
  const told: UserEventInput[] = [
    { kind: "notification", id: "ntf_1", at, data: {} },
    { kind: "sync", id: "sync_1", at, data: { scopes: ["alerts"], since: null } },
  ];
  user.publish(told);
  const shown = async (hidden: string[]) => {
    const { text } = await userSource(user, () => [], clock.now).snapshot(null, hidden);
    const frame = UserServerFrame.parse(JSON.parse(text));
    return frame.op === "snapshot" ? frame.recent.map(({ kind }) => kind) : [];
  };
  expect(await shown([])).toEqual(["sync", "notification"]);
  expect(await shown(["notification"])).toEqual(["sync"]);
});
