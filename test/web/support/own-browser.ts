import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { CHROMIUM, QUIET } from "./browser.ts";

export interface OwnBrowser {
  context: BrowserContext;
  /** As a person closes it: what it keeps is written down. */
  close(): Promise<void>;
  /** As a crash or an empty battery ends it. */
  kill(): Promise<void>;
}

/** A browser process with a profile of its own, which may be killed and opened again. */
export async function openProfile() {
  const folder = await mkdtemp(join(tmpdir(), "xsema-profile-"));
  return {
    open: () => openBrowser(folder),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

async function openBrowser(folder: string): Promise<OwnBrowser> {
  const args = [...QUIET, "--headless=new", "--remote-debugging-port=0", `--user-data-dir=${folder}`];
  const process = spawn(CHROMIUM ?? "", [...args, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => process.once("exit", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let said = "";
    process.stderr.on("data", (part) => {
      said += String(part);
      const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    });
    process.once("exit", () => reject(new Error(`the browser ended: ${said}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  if (context === undefined) throw new Error("the browser has no context");
  return {
    context,
    close: async () => {
      const session = await browser.newBrowserCDPSession();
      await session.send("Browser.close").catch(() => undefined);
      await ended;
    },
    kill: async () => {
      process.kill("SIGKILL");
      await ended;
    },
  };
}
