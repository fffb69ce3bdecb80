/** The one function of it that is used; the types of Node as a whole would put its globals beside the worker's. */
declare module "node:crypto" {
  export function scryptSync(
    password: Uint8Array,
    salt: Uint8Array,
    keylen: number,
    options: { N: number; r: number; p: number; maxmem: number },
  ): Uint8Array;
}
