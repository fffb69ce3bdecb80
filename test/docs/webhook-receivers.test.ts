import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPort } from "../../scripts/local/ports.ts";
import { messageBody } from "../../shared/webhooks/message-body.ts";
import { newWebhookSecret } from "../../shared/webhooks/secrets.ts";
import { signMessage } from "../../shared/webhooks/sign.ts";
import { type Receiver, receiverIn, startReceiver } from "../support/guide.ts";

interface Language {
  name: string;
  block: string;
  file: string;
  /** Asks whether it is there. */
  probe: string[];
  run(port: number): string[];
}

const LANGUAGES: Language[] = [
  {
    name: "JavaScript",
    block: "js",
    file: "receive.mjs",
    probe: [process.execPath, "--version"],
    run: () => [process.execPath, "receive.mjs"],
  },
  {
    name: "Python",
    block: "python",
    file: "receive.py",
    probe: ["python3", "--version"],
    run: () => ["python3", "receive.py"],
  },
  {
    name: "Go",
    block: "go",
    file: "receive.go",
    probe: ["go", "version"],
    run: () => ["go", "run", "receive.go"],
  },
  {
    name: "PHP",
    block: "php",
    file: "receive.php",
    probe: ["php", "--version"],
    run: (port) => ["php", "-S", `127.0.0.1:${port}`, "receive.php"],
  },
  {
    name: "Ruby",
    block: "ruby",
    file: "receive.rb",
    probe: ["ruby", "-rwebrick", "-e", ""],
    run: () => ["ruby", "receive.rb"],
  },
];

const isHere = ({ probe: [program = "", ...args] }: Language) => spawnSync(program, args).status === 0;

describe.each(LANGUAGES)("the receiver of docs/webhooks.md in $name", (language) => {
  if (!isHere(language)) {
    it.skip(`cannot be tried: ${language.probe[0]} is not installed here`);
    return;
  }
  const [secret, other] = [newWebhookSecret(), newWebhookSecret()];
  const data = '{"seq": 7, "price": "1.50", "name": "Zoë", "emoji": "🦊"}';
  const body = messageBody({ type: "market.sale", occurred_at: "2026-11-21T08:58:38.123Z", data });
  let folder: string;
  let receiver: Receiver;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "receiver-"));
    writeFileSync(join(folder, language.file), receiverIn(language.block));
    const port = await findPort();
    receiver = await startReceiver(language.run(port), { port, secret, cwd: folder });
  }, 120_000);
  afterAll(async () => {
    await receiver?.stop();
    rmSync(folder, { recursive: true });
  });

  const post = async (headers: Record<string, string>, sent = body) =>
    (
      await fetch(receiver.url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: sent,
      })
    ).status;
  const sign = (id: string, { secrets = [secret], at = Date.now() } = {}) =>
    signMessage(secrets, { id, at, body });

  it("takes what is signed by us, each message once, in either place while a secret is rotated", async () => {
    const before = receiver.lines().length;
    expect(await post(await sign("msg_1"))).toBe(204);
    expect(await post(await sign("msg_1", { at: Date.now() - 60_000 }))).toBe(204);
    expect(await post(await sign("msg_2", { secrets: [other, secret] }))).toBe(204);
    const fits = await sign("msg_3", { secrets: [secret, other] });
    expect(await post({ ...fits, "webhook-signature": `v1a,AAAA ${fits["webhook-signature"]}` })).toBe(204);
    await expect
      .poll(() =>
        receiver
          .lines()
          .slice(before)
          .map((line) => line.split(" ").slice(0, 2)),
      )
      .toEqual([
        ["msg_1", "market.sale"],
        ["msg_2", "market.sale"],
        ["msg_3", "market.sale"],
      ]);
    const [first = ""] = receiver.lines().slice(before);
    expect(JSON.parse(first.slice("msg_1 market.sale ".length))).toEqual(JSON.parse(data));
  });

  it("takes nothing else", async () => {
    const before = receiver.lines().length;
    const good = await sign("msg_9");
    expect(await post(good, body.replace("1.50", "1.51"))).toBe(400);
    expect(await post({ ...good, "webhook-id": "msg_8" })).toBe(400);
    expect(await post(await sign("msg_9", { secrets: [other] }))).toBe(400);
    expect(await post(await sign("msg_9", { at: Date.now() - 302_000 }))).toBe(400);
    expect(await post(await sign("msg_9", { at: Date.now() + 302_000 }))).toBe(400);
    for (const wrong of [
      "",
      "v1,",
      "v1,AAAA",
      good["webhook-signature"].slice(3),
      `v2${good["webhook-signature"].slice(2)}`,
    ])
      expect(await post({ ...good, "webhook-signature": wrong })).toBe(400);
    for (const name of Object.keys(good)) {
      const { [name]: _, ...rest }: Record<string, string> = good;
      expect(await post(rest)).toBe(400);
    }
    expect(await post({ ...good, "webhook-timestamp": "soon" })).toBe(400);
    expect(receiver.lines()).toHaveLength(before);
  });
});
