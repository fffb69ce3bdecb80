import type { RoomStatus } from "../../shared/contracts/room.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";

const REPORT_AFTER_MS = 1000;

/** Tells the status board how an object is, at most once a second. Losing a report loses nothing else. */
export class StatusReporter {
  private readonly read: () => RoomStatus;
  private readonly send: (status: RoomStatus) => Promise<void>;
  private readonly log: Log;
  private waiting = false;

  constructor(read: () => RoomStatus, send: (status: RoomStatus) => Promise<void>, log: Log) {
    this.read = read;
    this.send = send;
    this.log = log;
  }

  /** Something changed. */
  soon(): void {
    if (this.waiting) return;
    this.waiting = true;
    setTimeout(() => {
      this.waiting = false;
      this.send(this.read()).catch((error: unknown) =>
        this.log.warn("the status board did not answer", { error: describeError(error) }),
      );
    }, REPORT_AFTER_MS);
  }
}
