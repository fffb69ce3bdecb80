import { Gunzip } from "fflate";
import { crc32 } from "./crc32.ts";

/** Bytes that are not gzip as RFC 1952 describes it. The message ends a sentence. */
export class GzipError extends Error {}
/** More comes out than was allowed. */
export class InflatesTooMuch extends Error {}

/** A byte becomes 1,032 at most, so a slice never inflates to more than 17 MB before it is counted. */
const SLICE = 16 * 1024;
const TRAILER_BYTES = 8;
const RESERVED_FLAGS = 0xe0;

interface Member {
  start: number;
  size: number;
  crc: number;
}

/** RFC 1952, 2.3.1: what holds an unknown flag must be refused, since more may follow the header than is known. */
function openMember(bytes: Uint8Array, start: number): Member {
  if (((bytes[start + 3] ?? 0) & RESERVED_FLAGS) !== 0)
    throw new GzipError("has flags that gzip does not know");
  return { start, size: 0, crc: 0 };
}

/** A member ends with the checksum and the length of what it holds. */
function closeMember(bytes: Uint8Array, end: number, { start, size, crc }: Member): void {
  if (end - start < TRAILER_BYTES) throw new GzipError("is cut off");
  const trailer = new DataView(bytes.buffer, bytes.byteOffset + end - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer.getUint32(0, true) !== crc || trailer.getUint32(4, true) !== size >>> 0)
    throw new GzipError("is cut off or damaged: its checksum differs from what it holds");
}

/**
 * What gzipped bytes hold: one member or several (RFC 1952, 2.2), each whole by its checksum and length, and nothing
 * after the last. Throws `GzipError`, and `InflatesTooMuch` as soon as more than `limit` bytes come out.
 */
export function gunzip(bytes: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let member = openMember(bytes, 0);
  const stream = new Gunzip((chunk) => {
    size += chunk.byteLength;
    if (size > limit) throw new InflatesTooMuch();
    member = { ...member, size: member.size + chunk.byteLength, crc: crc32(chunk, member.crc) };
    chunks.push(chunk.slice());
  });
  stream.onmember = (start) => {
    closeMember(bytes, start, member);
    member = openMember(bytes, start);
  };
  try {
    for (let at = 0; at < bytes.byteLength; at += SLICE)
      stream.push(bytes.subarray(at, at + SLICE), at + SLICE >= bytes.byteLength);
  } catch (cause) {
    if (cause instanceof GzipError || cause instanceof InflatesTooMuch) throw cause;
    throw new GzipError("cannot be inflated, or is followed by something else", { cause });
  }
  closeMember(bytes, bytes.byteLength, member);
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
