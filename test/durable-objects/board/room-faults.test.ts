import { expect, test } from "vitest";
import { RoomFaults } from "../../../durable-objects/board/room-faults.ts";
import { aRoomStatus } from "../../shared/monitoring/findings.ts";

test("a room that fails is marked for a minute, also one that never said anything", () => {
  const faults = new RoomFaults();
  faults.note("punks", "storage_full", 0);
  faults.note("apes", "storage_damaged", 0);
  const user = aRoomStatus({ kind: "user", room: "punks" });
  const marked = faults.mark([aRoomStatus({ room: "punks", head: 7 }), user], 59_000);
  expect(marked).toMatchObject([
    { room: "punks", head: 7, fault: "storage_full" },
    { room: "punks", kind: "user", fault: null },
    { room: "apes", head: 0, fault: "storage_damaged" },
  ]);
  expect(faults.mark([user], 61_000)).toEqual([user]);
});

test("no more rooms are remembered than a bound", () => {
  const faults = new RoomFaults();
  for (let i = 0; i < 5000; i++) faults.note(`c${i}`, "failed", 0);
  expect(faults.mark([], 0)).toHaveLength(1000);
});
