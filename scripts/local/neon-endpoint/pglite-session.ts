import type { Duplex } from "node:stream";
import { protocol } from "@electric-sql/pglite";
import { guardText } from "./pglite-guard.ts";
import { fatalError, readMessages, readOpening, readyStatus, WireError } from "./wire.ts";

interface SessionDeps {
  /** What the database says when a session starts: no password is asked. */
  greeting: Buffer;
  /** How long the client may hold the database without a word. */
  idleTransactionMs: number;
  acquire(): Promise<() => void>;
  execute(bytes: Buffer): Promise<Buffer>;
}

const { serialize } = protocol;

/** Parse, Bind, Describe, Execute, Close, Flush, Sync, a function call and the parts of COPY. */
const FORWARDED = new Set([..."PBDECHSFdcf"]);

/** A message as PGlite is given it. Throws `WireError` for one that it must not be given. */
function guarded({ type, bytes }: { type: string; bytes: Buffer }): Uint8Array {
  if (type === "Q") return serialize.query(guardText(bytes.toString("utf8", 5, bytes.length - 1)));
  if (!FORWARDED.has(type))
    throw new WireError(`no message of a client has the type ${JSON.stringify(type)}`);
  if (type !== "P") return bytes;
  const name = bytes.indexOf(0, 5);
  const text = bytes.toString("utf8", name + 1, bytes.indexOf(0, name + 1));
  if (guardText(text) !== text) throw new WireError("this setting is for a simple query alone");
  return bytes;
}

/** One client of the wire protocol in front of PGlite. */
export class PgliteSession {
  readonly #stream: Duplex;
  readonly #deps: SessionDeps;
  #unread: Buffer = Buffer.alloc(0);
  #started = false;
  #release: (() => void) | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** Messages are worked on one after the other, whatever arrives meanwhile. */
  #work: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(stream: Duplex, deps: SessionDeps) {
    this.#stream = stream;
    this.#deps = deps;
    stream.on("data", (chunk: Buffer) => this.#enqueue(chunk));
    stream.on("error", () => stream.destroy());
    stream.once("end", () => void this.end());
    stream.once("close", () => void this.end());
  }

  /** Rolls back what is open, gives the database free and closes the stream. */
  async end(reason?: Buffer): Promise<void> {
    if (this.#ended) return this.#work;
    this.#ended = true;
    clearTimeout(this.#idle);
    this.#work = this.#work.then(async () => {
      await this.#giveFree();
      if (reason !== undefined && !this.#stream.destroyed) this.#stream.write(reason);
      this.#stream.end();
    });
    await this.#work;
  }

  #enqueue(chunk: Buffer): void {
    if (this.#ended) return;
    clearTimeout(this.#idle);
    this.#work = this.#work
      .then(() => this.#read(chunk))
      .catch((error: unknown) => {
        const code = error instanceof WireError ? "08P01" : "XX000";
        void this.end(fatalError(code, error instanceof Error ? error.message : String(error)));
      });
  }

  async #read(chunk: Buffer): Promise<void> {
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    while (!this.#started) {
      const first = readOpening(this.#unread);
      if (first === undefined) return;
      this.#unread = first.rest;
      if (first.opening === "cancel") return void this.end();
      this.#started = first.opening === "startup";
      this.#stream.write(this.#started ? this.#deps.greeting : "N");
    }
    const { messages, rest } = readMessages(this.#unread);
    this.#unread = rest;
    // `p` answers a password question that was never asked: the driver sends it unasked to save a round trip.
    const forDatabase = messages.filter(({ type }) => type !== "p" && type !== "X");
    if (forDatabase.length > 0) await this.#forward(Buffer.concat(forDatabase.map(guarded)));
    if (messages.some(({ type }) => type === "X")) void this.end();
  }

  async #forward(bytes: Buffer): Promise<void> {
    this.#release ??= await this.#deps.acquire();
    clearTimeout(this.#idle);
    if (this.#ended) return;
    const answer = await this.#deps.execute(bytes);
    if (!this.#stream.destroyed) this.#stream.write(answer);
    if (readyStatus(answer) === "I") return this.#unlock();
    this.#idle = setTimeout(
      () => void this.end(fatalError("25P03", "terminating connection due to idle-in-transaction timeout")),
      this.#deps.idleTransactionMs,
    );
  }

  async #giveFree(): Promise<void> {
    if (this.#release === undefined) return;
    try {
      // Sync ends an extended query that was left half sent, and tells whether a transaction is open.
      const status = readyStatus(await this.#deps.execute(Buffer.from(serialize.sync())));
      if (status !== "I") await this.#deps.execute(Buffer.from(serialize.query("ROLLBACK")));
    } finally {
      this.#unlock();
    }
  }

  #unlock(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
