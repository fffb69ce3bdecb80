import { MAX_MESSAGE_BYTES } from "./limits.ts";

/**
 * The parts of Postgres's wire protocol (https://www.postgresql.org/docs/current/protocol-message-formats.html)
 * that a go-between has to understand; everything else passes through as bytes.
 */
/** The client does not speak the protocol. */
export class WireError extends Error {}

/** What the first message of a connection asks for; it has no type byte. */
export type Opening = "startup" | "encryption" | "cancel";
const OPENINGS = new Map<number, Opening>([
  [80877102, "cancel"],
  [80877103, "encryption"], // SSLRequest
  [80877104, "encryption"], // GSSENCRequest
]);

function messageEnd(bytes: Buffer, lengthAt: number): number | undefined {
  if (bytes.length < lengthAt + 4) return undefined;
  const length = bytes.readInt32BE(lengthAt);
  if (length < 4 || length > MAX_MESSAGE_BYTES) throw new WireError(`impossible message length ${length}`);
  const end = lengthAt + length;
  return end <= bytes.length ? end : undefined;
}

/** The opening message if it has arrived whole, and what follows it. */
export function readOpening(bytes: Buffer): { opening: Opening; rest: Buffer } | undefined {
  const end = messageEnd(bytes, 0);
  if (end === undefined) return undefined;
  if (end < 8) throw new WireError("the opening message is too short");
  return { opening: OPENINGS.get(bytes.readInt32BE(4)) ?? "startup", rest: bytes.subarray(end) };
}

/** The whole messages at the front of `bytes`, each with its type, and the unfinished rest. */
export function readMessages(bytes: Buffer): { messages: { type: string; bytes: Buffer }[]; rest: Buffer } {
  const messages: { type: string; bytes: Buffer }[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = messageEnd(bytes, at + 1);
    if (end === undefined) break;
    messages.push({ type: String.fromCharCode(bytes.readUInt8(at)), bytes: bytes.subarray(at, end) });
    at = end;
  }
  return { messages, rest: bytes.subarray(at) };
}

/** State of the transaction after the last ReadyForQuery in `answer`: idle, in one, failed; else undefined. */
export function readyStatus(answer: Buffer): "I" | "T" | "E" | undefined {
  let status: "I" | "T" | "E" | undefined;
  for (const message of readMessages(answer).messages) {
    if (message.type !== "Z") continue;
    const letter = String.fromCharCode(message.bytes.readUInt8(5));
    status = letter === "T" || letter === "E" ? letter : "I";
  }
  return status;
}

/** An ErrorResponse that ends the connection. */
export function fatalError(code: string, message: string): Buffer {
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  const bytes = Buffer.alloc(5 + Buffer.byteLength(fields));
  bytes.write("E", 0, "latin1");
  bytes.writeInt32BE(bytes.length - 1, 1);
  bytes.write(fields, 5, "utf8");
  return bytes;
}
