// The border of all kernels: checks of what comes in, the same with the same words in every backend. A wrong type is a TypeError, a
// wrong value a RangeError. What a call is handed is read whole, each field once, then checked, and only then is a kernel's memory
// touched: a getter that runs in between could change what has been checked, or use the memory.

const TYPED_ARRAY = Object.getPrototypeOf(Uint8Array.prototype) as object;
/** What a typed array is, whatever its realm, class and own properties say: Uint8Array.prototype.length can be shadowed, this cannot. */
function slot(of: object, name: PropertyKey): (this: unknown) => unknown {
  const { get } = Object.getOwnPropertyDescriptor(of, name) as { get: (this: unknown) => unknown };
  return get;
}
const brandSlot = slot(TYPED_ARRAY, Symbol.toStringTag);
const lengthSlot = slot(TYPED_ARRAY, 'length');
const bufferSlot = slot(TYPED_ARRAY, 'buffer');
const byteOffsetSlot = slot(TYPED_ARRAY, 'byteOffset');
/** Throws on a SharedArrayBuffer, of any realm. */
const unsharedByteLength = slot(ArrayBuffer.prototype, 'byteLength');

type TypedArray = Uint8Array | Int32Array | Uint32Array;

export function lengthOf(array: TypedArray): number {
  return lengthSlot.call(array) as number;
}

/** Part of an array, as an array of this realm on the same memory; no method of the array is called, which could be anyone's. */
export function partOf(array: Uint8Array, from: number, length: number): Uint8Array {
  return new Uint8Array(bufferSlot.call(array) as ArrayBuffer, (byteOffsetSlot.call(array) as number) + from, length);
}
export function wordsOf(array: Int32Array, from: number, length: number): Int32Array {
  return new Int32Array(bufferSlot.call(array) as ArrayBuffer, (byteOffsetSlot.call(array) as number) + 4 * from, length);
}

/** A value received, as messages name it. */
export function describe(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null || value === undefined) return String(value);
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value;
}

function isShared(buffer: unknown): boolean {
  try {
    unsharedByteLength.call(buffer);
    return false;
  } catch {
    return true;
  }
}

function throws(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch {
    return true;
  }
}

/** What is wrong with the buffer of an array of length 0: detached, or shrunk to before the array's end. */
function unusable(array: TypedArray): string | undefined {
  if (throws(() => new Uint8Array(bufferSlot.call(array) as ArrayBuffer))) return 'expected a usable buffer, received a detached one';
  // keys() is refused where the array is out of bounds.
  if (throws(() => Uint8Array.prototype.keys.call(array as Uint8Array)))
    return 'expected an array inside its buffer, received one that ends beyond it: the buffer was made smaller';
  return undefined;
}

/** The name of a thing in a message: of a field of an item, with the item's position, where there is one. */
function nameOf(name: string, item: number): string {
  return item < 0 ? name : `item ${item}: ${name}`;
}

/** `value` is an array of the kind, of any realm, in a buffer that is neither shared nor detached nor too small; returns its length. */
export function checkTyped(name: string, value: unknown, kind: 'Uint8Array' | 'Int32Array' | 'Uint32Array', item = -1): number {
  if (brandSlot.call(value) !== kind)
    throw new TypeError(`${nameOf(name, item)}: expected ${kind === 'Int32Array' ? 'an' : 'a'} ${kind}, received ${describe(value)}`);
  // A shared buffer could change between the check and the copy.
  if (isShared(bufferSlot.call(value)))
    throw new RangeError(`${nameOf(name, item)}: expected an unshared buffer, received a SharedArrayBuffer`);
  const length = lengthSlot.call(value) as number;
  if (length === 0) {
    const reason = unusable(value as TypedArray);
    if (reason !== undefined) throw new RangeError(`${nameOf(name, item)}: ${reason}`);
  }
  return length;
}

/** `value` is a Uint8Array of `length` bytes, if that is given. Returns its length. */
export function checkBytes(name: string, value: unknown, length?: number, item = -1): number {
  const received = checkTyped(name, value, 'Uint8Array', item);
  if (length !== undefined && received !== length)
    throw new RangeError(`${nameOf(name, item)}: expected ${length} bytes, received ${received}`);
  return received;
}

export function checkInteger(name: string, value: unknown, range: { min: number; max: number }, item = -1): void {
  const wanted = (): string => `${nameOf(name, item)}: expected an integer in ${range.min}..${range.max}, received ${describe(value)}`;
  if (typeof value !== 'number') throw new TypeError(wanted());
  if (!Number.isInteger(value) || value < range.min || value > range.max) throw new RangeError(wanted());
}

export function checkObject(name: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new TypeError(`${name}: expected an object, received ${describe(value)}`);
}

export function checkArray(name: string, value: unknown): void {
  if (!Array.isArray(value)) throw new TypeError(`${name}: expected an array, received ${describe(value)}`);
}

type Methods = Readonly<Record<string, (a: never, b: never) => unknown>>;
/** Makes methods refuse to run while one of them, or of any other object that went through the same function, is under way. */
export type OneAtATime = <T extends object>(methods: T & Readonly<Record<keyof T, (a: never, b: never) => unknown>>) => T;

/**
 * The calls of a Kernels object and of all that it opens share one memory or more, so they do not nest. They could only through a
 * getter, or a Proxy, in what a call is handed.
 */
export function oneAtATime(): OneAtATime {
  let running: string | undefined;
  return <T extends object>(methods: T): T => {
    const guarded: Record<string, unknown> = {};
    for (const [name, method] of Object.entries(methods as unknown as Methods)) {
      // No method takes more than two arguments.
      guarded[name] = (a: never, b: never): unknown => {
        if (running !== undefined)
          throw new Error(`${name}: called while ${running} of the same kernels is under way; read what it needs before the call`);
        running = name;
        try {
          return method(a, b);
        } finally {
          running = undefined;
        }
      };
    }
    return guarded as T;
  };
}
