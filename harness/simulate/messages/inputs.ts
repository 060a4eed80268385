// The inputs that the engine and the harness fill again and again: one object of each kind, all of one shape, since everybody looks at the kind first.

const NOTHING: readonly unknown[] = [];

class AnyInput<K extends string> {
  readonly kind: K;
  now_us = 0;
  from = 0;
  message: unknown = undefined;
  token: unknown = null;
  payload: unknown = null;
  id = '';
  persisted: readonly unknown[] = NOTHING;
  request: unknown = undefined;
  fresh = false;

  constructor(kind: K) {
    this.kind = kind;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** An input of one kind among the inputs `I`. */
export function inputOf<I extends { readonly kind: string }, K extends I['kind']>(kind: K): Mutable<Extract<I, { kind: K }>> {
  return new AnyInput(kind) as unknown as Mutable<Extract<I, { kind: K }>>;
}
