// Some kernels come in several forms that compute the same: which is fastest depends on the engine and the processor. They race
// while they work: pieces of real searches go to one form after the other until each has shown its rate, and then to the fastest.

/** Latest pieces of each form that count. */
const COUNTED = 24;
/** Each form works at least so long before the choice. */
const SHOWN_MS = 100;
/** V8 puts optimised code in place after 20 to 70 ms, more on a busy machine, and it is five times as fast as what runs before. */
const UNSETTLED = 1.1;
const UNLIKE = 1.5;
/** After so long of each form the choice is made whatever the rates look like. */
const LONGEST_MS = 1000;

export interface Form {
  readonly name: string;
}

interface Lane<F> {
  readonly form: F;
  /** Milliseconds a unit of the latest pieces, the oldest first. */
  readonly pieces: number[];
  spent_ms: number;
}

export class FormRace<F extends Form> {
  readonly #lanes: readonly Lane<F>[];
  readonly #now_ms: () => number;
  #turn = 0;
  #decided: boolean;

  constructor(forms: readonly F[], now_ms: () => number = () => performance.now()) {
    this.#lanes = forms.map((form) => ({ form, pieces: [], spent_ms: 0 }));
    this.#now_ms = now_ms;
    this.#decided = forms.length === 1;
  }

  get decided(): boolean {
    return this.#decided;
  }

  /** The form whose turn it is: the fastest, once it is known. */
  get form(): F {
    return this.#lanes[this.#turn].form;
  }

  /** Units a second of each form by name, from its latest pieces; nothing where there was no race. */
  rates(): Readonly<Record<string, number>> {
    const raced = this.#lanes.filter(({ pieces }) => pieces.length > 0);
    return Object.fromEntries(raced.map(({ form, pieces }) => [form.name, 1000 / middle(pieces)]));
  }

  /** Runs a piece of `units` in the form whose turn it is. One that was `cut` short says nothing of its form. */
  run<R>(units: number, piece: (form: F) => R, cut: (result: R) => boolean): R {
    if (this.#decided) return piece(this.form);
    const lane = this.#lanes[this.#turn];
    const began_ms = this.#now_ms();
    const result = piece(lane.form);
    const took_ms = this.#now_ms() - began_ms;
    if (!cut(result)) {
      lane.pieces.push(took_ms / units);
      if (lane.pieces.length > COUNTED) lane.pieces.shift();
      lane.spent_ms += took_ms;
      this.#turn = (this.#turn + 1) % this.#lanes.length;
      this.#decide();
    }
    return result;
  }

  #decide(): void {
    const shown = (ms: number): boolean => this.#lanes.every(({ pieces, spent_ms }) => pieces.length === COUNTED && spent_ms >= ms);
    if (!shown(SHOWN_MS)) return;
    const times = this.#lanes.map(({ pieces }) => middle(pieces));
    const settled = this.#lanes.every(({ pieces }) =>
      alike([middle(pieces.slice(0, COUNTED / 2)), middle(pieces.slice(COUNTED / 2))], UNSETTLED),
    );
    if (!(settled && alike(times, UNLIKE)) && !shown(LONGEST_MS)) return;
    this.#turn = times.indexOf(Math.min(...times));
    this.#decided = true;
  }
}

/** No value is more than `factor` times another. */
function alike(values: readonly number[], factor: number): boolean {
  return Math.max(...values) <= factor * Math.min(...values);
}

/** The median: a piece that lost the processor for a while says nothing. */
function middle(values: readonly number[]): number {
  return [...values].sort((x, y) => x - y)[values.length >> 1];
}
