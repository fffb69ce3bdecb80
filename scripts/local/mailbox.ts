import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { chmod, readFile, rename, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { Email } from "../../shared/auth/email-key.ts";
import { systemClock } from "../../shared/platform/clock.ts";
import { newToken } from "./dev-vars.ts";
import { findPort } from "./ports.ts";
import { codeOf, StartupError } from "./startup-error.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_MAILS = 200;
const MAX_CHARACTERS = 4 * 1024 * 1024;

/** Resend's `POST /emails`, as far as the platform uses it. */
const Message = z.object({
  from: z.string().min(1),
  /** Whatever an account may have, `admin@localhost` of the first start too. */
  to: z.array(Email).min(1).max(50),
  subject: z.string().min(1).max(998),
  text: z.string(),
  html: z.string(),
});

const Kept = z.object({
  id: z.string(),
  idempotency_key: z.string().nullable(),
  to: z.string(),
  subject: z.string(),
  text: z.string(),
  html: z.string(),
  sent_at: z.string(),
});
type Kept = z.infer<typeof Kept>;

export interface Mailbox {
  url: string;
  /** What a sender and a reader must show. */
  key: string;
  stop(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new RangeError("too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

/** As Resend words its refusals. */
function refuse(response: ServerResponse, statusCode: number, name: string, message: string): void {
  answer(response, statusCode, { statusCode, name, message });
}

async function readKept(file: string): Promise<Kept[]> {
  const text = await readFile(file, "utf8").catch((error) => {
    if (codeOf(error) === "ENOENT") return "[]";
    throw error;
  });
  try {
    return Kept.array().parse(JSON.parse(text));
  } catch (cause) {
    throw new StartupError(
      `The mailbox in ${file} is damaged: delete it, and the next start begins with an empty one. Nothing else needs it.`,
      { cause },
    );
  }
}

/** Oldest first; the oldest go when it would grow too large. */
function bounded(mails: Kept[]): Kept[] {
  let characters = 0;
  const kept: Kept[] = [];
  for (const mail of mails.toReversed()) {
    characters += mail.text.length + mail.html.length;
    if (kept.length === MAX_MAILS || characters > MAX_CHARACTERS) break;
    kept.push(mail);
  }
  return kept.reverse();
}

/**
 * A mailbox that speaks Resend's `POST /emails`, so that the worker sends as it does in production, and shows
 * what came by `GET /emails?to=&limit=`, newest first. With `file` it outlives the process; mails carry tokens,
 * so only the file's owner can read it.
 */
export async function startMailbox({ file }: { file?: string } = {}): Promise<Mailbox> {
  const key = `re_${newToken()}`;
  let mails = file === undefined ? [] : bounded(await readKept(file));
  let writing: Promise<void> = Promise.resolve();

  const save = (target: string) => {
    const text = JSON.stringify(mails);
    writing = writing.then(async () => {
      await writeFile(`${target}.new`, text, { mode: 0o600 });
      await chmod(`${target}.new`, 0o600);
      await rename(`${target}.new`, target);
    });
    return writing;
  };

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    let body: unknown;
    try {
      body = JSON.parse(await readBody(request));
    } catch (error) {
      const tooLarge = error instanceof RangeError;
      return refuse(response, tooLarge ? 413 : 400, "validation_error", "The body cannot be read.");
    }
    const message = Message.safeParse(body);
    if (!message.success) return refuse(response, 422, "validation_error", z.prettifyError(message.error));
    const { "idempotency-key": header } = request.headers;
    const idempotency_key = typeof header === "string" ? header : null;
    const known = mails.find((mail) => idempotency_key !== null && mail.idempotency_key === idempotency_key);
    if (known !== undefined) return answer(response, 200, { id: known.id });
    const { to, subject, text, html } = message.data;
    const id = randomUUID();
    const sent_at = new Date(systemClock()).toISOString();
    mails = bounded([...mails, { id, idempotency_key, to: to.join(", "), subject, text, html, sent_at }]);
    if (file !== undefined) await save(file);
    answer(response, 200, { id });
  };

  const show = (url: URL, response: ServerResponse) => {
    const to = url.searchParams.get("to")?.toLowerCase();
    const limit = Number(url.searchParams.get("limit") ?? MAX_MAILS);
    const found = mails.filter((mail) => to === undefined || mail.to.toLowerCase().split(", ").includes(to));
    answer(response, 200, { data: found.toReversed().slice(0, limit) });
  };

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    if (request.headers.authorization !== `Bearer ${key}`)
      return refuse(response, 403, "invalid_api_key", "API key is invalid.");
    if (url.pathname !== "/emails") return refuse(response, 404, "not_found", "There is nothing here.");
    if (request.method === "GET") return show(url, response);
    if (request.method !== "POST") return refuse(response, 405, "method_not_allowed", "Use GET or POST.");
    take(request, response).catch((error: Error) =>
      refuse(response, 500, "internal_server_error", error.message),
    );
  });
  const port = await findPort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${port}`,
    key,
    async stop() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      await writing;
    },
  };
}
