/** Bytes that are not snappy's block format. The message ends a sentence. */
export class SnappyError extends Error {}
/** More would come out than was allowed. */
export class UnpacksTooMuch extends Error {}

/**
 * What a block of snappy holds, which is a length and then literals and copies of what came out already
 * (https://github.com/google/snappy/blob/main/format_description.txt). Each step reads or writes at least a byte, so the
 * time it takes is bounded by `limit` and the length of the block.
 * @throws `SnappyError`; `UnpacksTooMuch` before anything is unpacked, for the block says first how much it is.
 */
export function unpackSnappy(block: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  let at = 0;
  const little = (bytes: number) => {
    if (at + bytes > block.length) throw new SnappyError("is cut off");
    let value = 0;
    for (let i = 0; i < bytes; i += 1) value += (block[at + i] ?? 0) * 2 ** (8 * i);
    at += bytes;
    return value;
  };
  const varint = () => {
    for (let value = 0, shift = 0; shift < 35; shift += 7) {
      const byte = little(1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new SnappyError("does not begin with a length");
  };
  const length = varint();
  if (length > limit) throw new UnpacksTooMuch();
  const whole = new Uint8Array(length);
  let end = 0;
  const room = (bytes: number) => {
    if (end + bytes > length) throw new SnappyError("holds more than its length says");
  };
  while (at < block.length) {
    const tag = little(1);
    const kind = tag & 3;
    if (kind === 0) {
      const size = tag >> 2 < 60 ? (tag >> 2) + 1 : little((tag >> 2) - 59) + 1;
      if (at + size > block.length) throw new SnappyError("is cut off");
      room(size);
      whole.set(block.subarray(at, at + size), end);
      at += size;
      end += size;
      continue;
    }
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = kind === 1 ? (tag >> 5) * 256 + little(1) : little(kind === 2 ? 2 : 4);
    if (back === 0 || back > end) throw new SnappyError("copies what did not come yet");
    room(size);
    // Byte by byte: a copy may reach into itself, and so repeats.
    for (let i = 0; i < size; i += 1, end += 1) whole[end] = whole[end - back] ?? 0;
  }
  if (end !== length) throw new SnappyError("holds less than its length says");
  return whole;
}
