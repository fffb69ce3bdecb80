import { blake2bModule } from "#argon2-modules";
import { instantiate, type WasmInstance } from "./instance.ts";

/** Of the module's own buffer, through which all goes in and out. */
const BUFFER_BYTES = 16 * 1024;

let instance: WasmInstance | undefined;

/** BLAKE2b (RFC 7693) without key over the parts one after the other; `length` in bytes, 1 to 64. */
export function blake2b(length: number, ...parts: Uint8Array[]): Uint8Array {
  instance ??= instantiate(blake2bModule);
  const buffer = new Uint8Array(instance.memory.buffer, instance.call("Hash_GetBuffer"), BUFFER_BYTES);
  instance.call("Hash_Init", length * 8);
  for (const part of parts)
    for (let start = 0; start < part.length; start += BUFFER_BYTES) {
      const chunk = part.subarray(start, start + BUFFER_BYTES);
      buffer.set(chunk);
      instance.call("Hash_Update", chunk.length);
    }
  instance.call("Hash_Final");
  const digest = buffer.slice(0, length);
  buffer.fill(0);
  return digest;
}
