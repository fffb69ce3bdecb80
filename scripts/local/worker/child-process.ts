import { AsyncLocalStorage } from "node:async_hooks";
import { type ChildProcess, spawn } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

type OnChild = (child: ChildProcess) => void;

/** Who wants to know of processes that the code running in it starts. */
const watchers = new AsyncLocalStorage<OnChild>();
let subscribed = false;

function isChildMessage(message: unknown): message is { process: ChildProcess } {
  return typeof message === "object" && message !== null && "process" in message;
}

/**
 * Runs `work` and tells of each process that it starts, then or later: Miniflare does not say which process
 * its workerd is, and starts another one when it crashes.
 */
export function watchChildren<T>(onChild: OnChild, work: () => T): T {
  if (!subscribed)
    subscribe("child_process", (message) => {
      const watcher = watchers.getStore();
      if (watcher !== undefined && isChildMessage(message)) watcher(message.process);
    });
  subscribed = true;
  return watchers.run(onChild, work);
}

/**
 * Kills the child when this process is gone, however it went: a shell waits for the end of a pipe that only
 * this process holds open. Not on Windows, which has no such shell.
 */
export function dieTogether(child: ChildProcess): void {
  if (process.platform === "win32") return;
  watchers.exit(() => {
    const guard = spawn("sh", ["-c", 'read -r _; kill -9 "$0" 2>/dev/null', String(child.pid)], {
      stdio: ["pipe", "ignore", "ignore"],
      // In a group of its own: Ctrl-C, which goes to the whole group, must not end the guard first.
      detached: true,
    });
    guard.on("error", () => {});
    guard.unref();
    child.once("exit", () => guard.kill("SIGKILL"));
  });
}
