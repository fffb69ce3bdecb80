/** The two modules of `argon2-wasm-edge`: package.json's `imports` says which file brings them where. */
export const argon2Module: WebAssembly.Module;
export const blake2bModule: WebAssembly.Module;
