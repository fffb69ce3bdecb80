import type { Task } from "../../contracts/activity.ts";
import { AppError } from "../../platform/errors.ts";

export interface TaskChange {
  status?: Task["status"] | undefined;
  /** Percent, 0 to 100. */
  progress?: number | undefined;
  message?: string | null | undefined;
  result?: Task["result"] | undefined;
  error?: string | null | undefined;
}

type State = Pick<Task, "status" | "progress" | "message" | "result" | "error">;

/** How far along each status is: a task only goes forward, and has one end. */
const STAGE = { queued: 0, running: 1, completed: 2, failed: 2, cancelled: 2 } as const;

const conflict = (message: string) => new AppError("conflict", message);

export function isOver({ status }: Pick<Task, "status">): boolean {
  return STAGE[status] === 2;
}

/**
 * What a task is after a change: queued, running, then completed, failed or cancelled. Progress of a queued task
 * starts it; a completed one is at 100.
 * @throws `conflict` where the task has ended or would go backwards, `invalid_request` for an outcome without its end.
 */
export function nextState(before: State, change: TaskChange): State {
  if (isOver(before)) throw conflict(`This task has ended (${before.status}); start another.`);
  const progress = change.progress ?? before.progress;
  if (before.progress !== null && progress !== null && progress < before.progress)
    throw conflict(`Progress never falls: the task is at ${before.progress} percent.`);
  const begun = change.progress !== undefined && change.progress > 0 && before.status === "queued";
  const status = change.status ?? (begun ? "running" : before.status);
  if (STAGE[status] < STAGE[before.status])
    throw conflict(`A task that is ${before.status} cannot become ${status} again.`);
  demand(change.result == null || status === "completed", "/result", "comes with status completed");
  demand(change.error == null || status === "failed", "/error", "comes with status failed");
  return {
    status,
    progress: status === "completed" ? 100 : progress,
    message: change.message === undefined ? before.message : change.message,
    result: change.result ?? before.result,
    error: change.error ?? before.error,
  };
}

function demand(holds: boolean, pointer: string, message: string): void {
  if (!holds)
    throw new AppError("invalid_request", `${pointer.slice(1)} ${message}.`, {
      details: [{ pointer, message }],
    });
}
