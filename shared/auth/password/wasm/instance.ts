export interface WasmInstance {
  memory: WebAssembly.Memory;
  call(name: string, ...args: number[]): number;
}

/** An instance of a module that imports nothing and exports its memory and functions over numbers. */
export function instantiate(module: WebAssembly.Module): WasmInstance {
  const { exports } = new WebAssembly.Instance(module);
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) throw new TypeError("the module exports no memory");
  return {
    memory,
    call(name, ...args) {
      const found = exports[name];
      if (typeof found !== "function") throw new TypeError(`the module exports no function ${name}`);
      return Number(found(...args));
    },
  };
}
