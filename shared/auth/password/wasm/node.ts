// Node cannot import .wasm as a module, for tests and scripts.
import { readFileSync } from "node:fs";

const compile = (name: string) =>
  new WebAssembly.Module(readFileSync(new URL(import.meta.resolve(`argon2-wasm-edge/wasm/${name}.wasm`))));

export const argon2Module = compile("argon2");
export const blake2bModule = compile("blake2b");
