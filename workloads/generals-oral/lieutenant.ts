// Algorithm OM(m), section 3: what one lieutenant hears of one order, says of it, and makes of it.
//
// OM(0): it takes what the commander says, or RETREAT where that says nothing. OM(m): it sends what it took to the n - 2 others as the
// commander of an OM(m-1) among them, and takes the majority of what it has got so from each of them and of its own. The many OM(k)
// of one order are told apart by the path of generals that a value has passed. RETREAT is not said: silence says it.
import { TYPE, OrderMessage, type Headquarters, type Lieutenant, type OrderName } from '../parts/generals.ts';
import type { GeneralsRules } from '../parts/generals-rules.ts';
import { NULL_DIGEST, type MessageFields } from '../parts/messages.ts';
import { PathWalk, extended, pathsOf } from './paths.ts';

const RETREAT = NULL_DIGEST;

/** An oral message: a value and the path that it has passed. Nobody signs it; its receiver knows from whom it comes (A2). */
export class OralMessage extends OrderMessage {
  /** Of its path among those of its length. */
  readonly number: number;

  constructor(fields: MessageFields & { readonly path: readonly number[]; readonly number: number }) {
    super(fields);
    this.number = fields.number;
  }
}

/** More than half of the values, or RETREAT. */
export function majority(values: Int32Array, count: number): number {
  let candidate = RETREAT;
  let lead = 0;
  for (let i = 0; i < count; i++)
    if (lead === 0) {
      candidate = values[i];
      lead = 1;
    } else lead += values[i] === candidate ? 1 : -1;
  let votes = 0;
  for (let i = 0; i < count; i++) if (values[i] === candidate) votes += 1;
  return 2 * votes > count ? candidate : RETREAT;
}

export interface OralRules extends Pick<GeneralsRules, 'nodes' | 'm' | 'message_bytes'> {
  /** What lieutenants say to each other has the order in it, not its digest alone. */
  readonly relaysOrder: boolean;
}

/** The message that has passed a path, and its number; `before`: the number of the path without its last general. */
export function oralMessage(
  { nodes, message_bytes, relaysOrder }: OralRules,
  round: number,
  said: {
    readonly path: readonly number[];
    readonly number: number;
    readonly before: number;
    readonly digest: number;
    readonly order_bytes: number;
  },
): OralMessage {
  const { path, number, before, digest, order_bytes } = said;
  // The place of the path before among all of one commander, and that commander: its own draws, and the OM(k) that the value is a vote in.
  let place = before;
  for (let length = 1; length < path.length - 1; length++) place += pathsOf(nodes, length);
  const hasOrder = path.length === 1 || relaysOrder;
  return new OralMessage({
    type: path.length === 1 ? TYPE.order : TYPE.relay,
    view: place * nodes + path[0],
    sequence: round,
    signer: path[path.length - 1],
    digest,
    bytes: message_bytes(path.length, false) + (hasOrder ? order_bytes : 0),
    path,
    number,
  });
}

export class OralLieutenant implements Lieutenant<OralMessage> {
  readonly #id: number;
  readonly #order: OrderName;
  readonly #rules: OralRules;
  /** By the length of a path and its number: what it has heard; RETREAT: nothing. */
  readonly #heard: Int32Array[];
  /** Orders that have come in the round under way. */
  readonly #came = new Set<number>();
  readonly #order_bytes: number;
  readonly #scratch: Int32Array[];

  constructor(id: number, order: OrderName, rules: OralRules, order_bytes: number) {
    const { nodes, m } = rules;
    this.#id = id;
    this.#order = order;
    this.#rules = rules;
    this.#order_bytes = order_bytes;
    this.#heard = Array.from({ length: m + 1 }, (_, k) => new Int32Array(pathsOf(nodes, k + 1)));
    this.#scratch = Array.from({ length: m + 1 }, () => new Int32Array(nodes));
  }

  hear({ path, number, digest }: OralMessage): void {
    const heard = this.#heard[path.length - 1];
    // The first word counts.
    if (heard[number] !== RETREAT) return;
    heard[number] = digest;
    if (path.length === 1 || this.#rules.relaysOrder) this.#came.add(digest);
  }

  endOf(round: number, headquarters: Headquarters): readonly OralMessage[] {
    for (const digest of this.#came) {
      headquarters.hash(digest);
      headquarters.accept(digest);
    }
    this.#came.clear();
    const { nodes, m } = this.#rules;
    const says: OralMessage[] = [];
    if (round > m) return says;
    const heard = this.#heard[round - 1];
    const walk = new PathWalk(nodes, this.#order.commander, this.#id);
    const visit = (number: number): void => {
      if (walk.path.length < round) {
        walk.each(number, visit);
        return;
      }
      const digest = heard[number];
      if (digest === RETREAT) return;
      const said = { before: number, number: extended(walk.path, number, this.#id, nodes), digest, order_bytes: this.#order_bytes };
      says.push(oralMessage(this.#rules, this.#order.round, { path: [...walk.path, this.#id], ...said }));
    };
    visit(0);
    return says;
  }

  choice(): number {
    const { nodes, m } = this.#rules;
    const walk = new PathWalk(nodes, this.#order.commander, this.#id);
    /** What the commander of the OM(k) that the path stands for has told it, and all the others. */
    const taken = (number: number): number => {
      const length = walk.path.length;
      const own = this.#heard[length - 1][number];
      if (length === m + 1) return own;
      const values = this.#scratch[length - 1];
      let count = 0;
      values[count++] = own;
      walk.each(number, (longer) => {
        values[count++] = taken(longer);
      });
      return majority(values, count);
    };
    return taken(0);
  }

  holdersOf(digest: number): readonly number[] {
    if (this.#rules.m === 0) return [];
    const holders: number[] = [];
    const walk = new PathWalk(this.#rules.nodes, this.#order.commander, this.#id);
    walk.each(0, (number) => {
      if (this.#heard[1][number] === digest) holders.push(walk.path[1]);
    });
    return holders;
  }
}
