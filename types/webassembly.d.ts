/** The part of WebAssembly's JavaScript interface that the kernels use; TypeScript has it only in its browser library. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array | ArrayBuffer);
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }
  class Global<T = unknown> {
    value: T extends 'i64' ? bigint : number;
    valueOf(): number;
  }
  type Imports = Record<string, Record<string, ((...values: never[]) => unknown) | Memory | Global>>;
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  function validate(bytes: Uint8Array | ArrayBuffer): boolean;
}
