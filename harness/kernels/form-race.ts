// Some kernels come in several forms that compute the same: which is fastest depends on the engine, on the processor and, for what
// a form spills, on where the stack happens to stand. They race while they work: pieces of real searches go to one form after the
// other until each has shown its rate, then to the fastest; if that slows down for good, they race again.

/** Latest pieces of each form that count. */
const COUNTED = 24;
/** Each form works at least so long before the choice. */
const SHOWN_MS = 60;
/** V8 puts optimised code in place after 20 to 70 ms, more on a busy machine, and it is five times as fast as what runs before. */
const UNSETTLED = 1.25;
const UNLIKE = 2;
/** After so long of each form the choice is made whatever the rates look like. */
const LONGEST_MS = 500;
/** A badly placed stack costs 10 to 50%, a change of clock frequency up to 8. */
const SLOWED = 1.12;
/** The fastest form works at least so many times as long as the race took before there is another: a busy machine slows all forms. */
const RESPITE = 9;

export interface Form {
  readonly name: string;
}

interface Lane<F> {
  readonly form: F;
  /** Milliseconds a unit of the latest pieces, the oldest first. */
  readonly pieces: number[];
  /** Since the race began, or since it was decided. */
  spent_ms: number;
}

export class FormRace<F extends Form> {
  readonly #lanes: readonly Lane<F>[];
  readonly #now_ms: () => number;
  #turn = 0;
  #decided: boolean;
  /** Of the race that chose the form. */
  #rates: Readonly<Record<string, number>> = {};
  #took_ms = 0;
  #won_ms = 0;

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

  /** Units a second of each form, by name, when the choice was made; empty before, and where there is no choice. */
  get rates(): Readonly<Record<string, number>> {
    return this.#rates;
  }

  /** Runs a piece of `units` in the form whose turn it is. One that was `cut` short says nothing of its form. */
  run<R>(units: number, piece: (form: F) => R, cut: (result: R) => boolean): R {
    if (this.#lanes.length === 1) return piece(this.form);
    const lane = this.#lanes[this.#turn];
    const began_ms = this.#now_ms();
    const result = piece(lane.form);
    const took_ms = this.#now_ms() - began_ms;
    if (!cut(result)) {
      lane.pieces.push(took_ms / units);
      if (lane.pieces.length > COUNTED) lane.pieces.shift();
      lane.spent_ms += took_ms;
      if (this.#decided) this.#reconsider(lane);
      else this.#decide();
    }
    return result;
  }

  #decide(): void {
    this.#turn = (this.#turn + 1) % this.#lanes.length;
    const shown = (ms: number): boolean => this.#lanes.every(({ pieces, spent_ms }) => pieces.length === COUNTED && spent_ms >= ms);
    if (!shown(SHOWN_MS)) return;
    const times = this.#lanes.map(({ pieces }) => middle(pieces));
    const settled = this.#lanes.every(({ pieces }) =>
      alike([middle(pieces.slice(0, COUNTED / 2)), middle(pieces.slice(COUNTED / 2))], UNSETTLED),
    );
    if (!(settled && alike(times, UNLIKE)) && !shown(LONGEST_MS)) return;
    this.#won_ms = Math.min(...times);
    this.#turn = times.indexOf(this.#won_ms);
    this.#decided = true;
    this.#rates = Object.fromEntries(this.#lanes.map(({ form }, i) => [form.name, 1000 / times[i]]));
    this.#took_ms = this.#lanes.reduce((sum, { spent_ms }) => sum + spent_ms, 0);
    this.#begin();
  }

  #reconsider({ pieces, spent_ms }: Lane<F>): void {
    if (pieces.length < COUNTED || spent_ms < RESPITE * this.#took_ms || middle(pieces) <= SLOWED * this.#won_ms) return;
    this.#decided = false;
    this.#begin();
  }

  #begin(): void {
    for (const lane of this.#lanes) {
      lane.pieces.length = 0;
      lane.spent_ms = 0;
    }
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
