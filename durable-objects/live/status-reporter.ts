import type { RoomStatus } from "../../shared/contracts/room.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";

const SOON_MS = 1000;
const WORKING_MS = 3000;

/**
 * Tells the status board how an object is: within a second when somebody came or went, and three seconds after
 * other work, since every report of every object goes to one board. Losing one loses nothing else.
 */
export class StatusReporter {
  private readonly read: () => RoomStatus;
  private readonly send: (status: RoomStatus) => Promise<void>;
  private readonly log: Log;
  private waiting: { timer: ReturnType<typeof setTimeout>; soon: boolean } | null = null;

  constructor(read: () => RoomStatus, send: (status: RoomStatus) => Promise<void>, log: Log) {
    this.read = read;
    this.send = send;
    this.log = log;
  }

  /** Somebody came or went. */
  soon(): void {
    if (this.waiting?.soon) return;
    if (this.waiting !== null) clearTimeout(this.waiting.timer);
    this.waiting = { timer: setTimeout(() => this.report(), SOON_MS), soon: true };
  }

  /** Something else was done. */
  later(): void {
    this.waiting ??= { timer: setTimeout(() => this.report(), WORKING_MS), soon: false };
  }

  private report(): void {
    this.waiting = null;
    this.send(this.read()).catch((error: unknown) =>
      this.log.warn("the status board did not answer", { error: describeError(error) }),
    );
  }
}
