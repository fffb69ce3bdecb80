// Production refuses to compile WASM at run time, so the modules are part of the deployment.
import argon2Module from "argon2-wasm-edge/wasm/argon2.wasm";
import blake2bModule from "argon2-wasm-edge/wasm/blake2b.wasm";

export { argon2Module, blake2bModule };
