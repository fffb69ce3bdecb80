import { expect, test } from "vitest";
import { EventLog } from "../../../durable-objects/room/event-log.ts";
import { USER_STORAGE } from "../../../durable-objects/user/storage.ts";
import { KEEP, UserLog } from "../../../durable-objects/user/user-log.ts";
import { UserEvent, type UserEventInput } from "../../../shared/contracts/user-room.ts";
import { fixedClock } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

const news = (id: string): UserEventInput => ({
  kind: "notification",
  id,
  at: "2026-01-01T12:00:00.000Z",
  data: { title: id },
});

function aUserLog() {
  const clock = fixedClock();
  const sql = memorySql();
  const open = (name = "") =>
    new UserLog(
      sql,
      EventLog.open(sql, USER_STORAGE) ?? EventLog.create(sql, USER_STORAGE, "ep_1"),
      name,
      clock.now,
    );
  const user = open("usr_1");
  const events = () => user.log.page(0, 100_000).map((body) => UserEvent.parse(JSON.parse(body)));
  return { user, clock, sql, reopen: open, events };
}

test("an event is numbered once, however often and in whatever company it is told", () => {
  const { user, events } = aUserLog();
  user.publish([news("a"), news("b")]);
  user.publish([news("b"), news("c"), news("c")]);
  expect(events().map(({ seq, id }) => [seq, id])).toEqual([
    [1, "a"],
    [2, "b"],
    [3, "c"],
  ]);
});

test("a batch that fails leaves nothing behind, and its number is given again", () => {
  const { user, sql, events } = aUserLog();
  user.publish([news("a")]);
  sql.all("create trigger full before insert on log when new.seq = 3 begin select raise(abort, 'full'); end");
  expect(() => user.publish([news("b"), news("c")])).toThrow("full");
  sql.all("drop trigger full");
  user.publish([news("c")]);
  expect(events().map(({ seq, id }) => [seq, id])).toEqual([
    [1, "a"],
    [2, "c"],
  ]);
});

test("the log keeps a week whole, and a thousand events however old", () => {
  const { user, clock } = aUserLog();
  const some = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => news(`${prefix}${i}`));
  user.publish(some("old", KEEP.log_events + 500));
  clock.advance(KEEP.log_ms - 1);
  user.log.setMark("sent", user.log.head);
  user.prune();
  expect(user.log.oldest).toBe(1);
  clock.advance(2);
  user.prune();
  expect(user.log.head - user.log.oldest + 1).toBe(KEEP.log_events);
});

test("what was not sent yet is never forgotten", () => {
  const { user, clock } = aUserLog();
  user.publish(Array.from({ length: KEEP.log_events + 5 }, (_, i) => news(`n${i}`)));
  clock.advance(2 * KEEP.log_ms);
  user.prune();
  expect(user.log.oldest).toBe(1);
});

test("an object that wakes without its name knows whose it is", () => {
  const { reopen } = aUserLog();
  expect(reopen().user_id).toBe("usr_1");
});
