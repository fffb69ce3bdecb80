import { argon2Module } from "#argon2-modules";
import { blake2b } from "./wasm/blake2b.ts";
import { instantiate, type WasmInstance } from "./wasm/instance.ts";

/** RFC 9106: KiB of memory, at least eight a lane; passes over it; lanes. */
export interface Argon2Cost {
  memory_kib: number;
  passes: number;
  lanes: number;
}

const VERSION = 0x13;
const ARGON2ID = 2;
const BLOCK_BYTES = 1024;
const EMPTY = new Uint8Array();

let instance: WasmInstance | undefined;

/**
 * The module's working memory. One instance serves all hashes of an isolate: one each, as the package's own code has
 * it, piled up 2 GB before the garbage collector came by, and an isolate has 128 MB.
 */
function reserve(bytes: number): { wasm: WasmInstance; memory: Uint8Array } {
  instance ??= instantiate(argon2Module);
  const start = instance.call("Hash_GetBuffer");
  // The module takes a smaller size than it has for one of 4 GB.
  const has = instance.memory.buffer.byteLength - start;
  if (bytes > has && instance.call("Hash_SetMemorySize", bytes) !== 0)
    throw new RangeError(`no ${bytes} bytes for argon2id`);
  return { wasm: instance, memory: new Uint8Array(instance.memory.buffer, start, bytes) };
}

/** 32-bit numbers, least significant byte first. */
function le32(...numbers: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * numbers.length));
  for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number, true);
  return new Uint8Array(view.buffer);
}

/** The variable-length hash H' (RFC 9106, 3.3). */
function expand(length: number, ...parts: Uint8Array[]): Uint8Array {
  if (length <= 64) return blake2b(length, le32(length), ...parts);
  const out = new Uint8Array(length);
  let last = blake2b(64, le32(length), ...parts);
  let at = 0;
  for (; length - at > 64; at += 32) {
    out.set(last.subarray(0, 32), at);
    last = blake2b(Math.min(64, length - at - 32), last);
  }
  out.set(last, at);
  return out;
}

/**
 * Argon2id version 1.3 (RFC 9106): the module fills the memory, what stands around it is here. Blocks the isolate
 * for tens of milliseconds, in one go.
 * @param length of the answer in bytes
 * @throws RangeError where the memory cannot be had.
 */
export function argon2id(
  password: Uint8Array,
  salt: Uint8Array,
  { memory_kib, passes, lanes }: Argon2Cost,
  length: number,
  { secret = EMPTY, data = EMPTY }: { secret?: Uint8Array; data?: Uint8Array } = {},
): Uint8Array {
  const settings = le32(lanes, length, memory_kib, passes, VERSION, ARGON2ID);
  const inputs = [password, salt, secret, data].flatMap((input) => [le32(input.length), input]);
  const seed = blake2b(64, settings, ...inputs);
  // One block over, in which the module looks for the settings.
  const { wasm, memory } = reserve((memory_kib + 1) * BLOCK_BYTES);
  try {
    memory.set(settings, memory_kib * BLOCK_BYTES);
    const lane_blocks = 4 * Math.floor(memory_kib / (4 * lanes));
    for (let lane = 0; lane < lanes; lane++)
      for (const index of [0, 1])
        memory.set(expand(BLOCK_BYTES, seed, le32(index, lane)), (lane * lane_blocks + index) * BLOCK_BYTES);
    wasm.call("Hash_Calculate", 0, memory_kib);
    return expand(length, memory.subarray(0, BLOCK_BYTES));
  } finally {
    // The module adds to what it finds, so the next hash needs zeros; and nothing of this one is left behind.
    memory.fill(0);
  }
}
