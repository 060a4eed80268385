// Algorithm SM(m), section 4: what one lieutenant hears of one order, says of it, and makes of it.
//
// The commander signs its order. A lieutenant to which a properly signed order comes that it did not know adds it to its set V, and, unless m
// others have signed beside the commander, signs it too and sends it to all who have not. A message with k signatures counts until the
// end of round k. After round m + 1 the lieutenant obeys the one order in V; where V is empty or has two it RETREATs.
//
// Two orders in V say all: a third one changes nothing and is ignored. So nobody has to say more than two things of an order, and what anybody says
// beyond that is ignored unchecked.
import { checkSignatures_ns } from '../../harness/simulate/core/certificates.ts';
import type { NodeProfile } from '../../harness/model/cell.ts';
import type { DigestOf } from '../../harness/simulate/core/operations.ts';
import { OrderMessage, RETREAT, TYPE, type Headquarters, type Lieutenant, type OrderName } from '../parts/generals.ts';
import { GENERAL_BYTES, type GeneralsRules } from '../parts/generals-rules.ts';
import type { MessageFields } from '../parts/messages.ts';

/** A signed order: the last signature, and the message that it was put to. Signed are the header and the path up to the signer. */
export class SignedOrder extends OrderMessage {
  /** null: of the commander itself. */
  readonly previous: SignedOrder | null;

  constructor(fields: MessageFields & { readonly path: readonly number[]; readonly previous: SignedOrder | null }) {
    super(fields);
    this.previous = fields.previous;
  }

  override encode(digestOf: DigestOf): Uint8Array {
    const header = super.encode(digestOf);
    const out = new Uint8Array(header.length + GENERAL_BYTES * this.path.length);
    out.set(header);
    const data = new DataView(out.buffer);
    this.path.forEach((general, at) => data.setUint16(header.length + GENERAL_BYTES * at, general));
    return out;
  }
}

export interface SignedRules extends Pick<GeneralsRules, 'm' | 'message_bytes'> {
  readonly node: Pick<NodeProfile, 'sign_ns' | 'verify_ns' | 'verify_batched_ns'>;
}

/** What a general says that puts its signature to a message, or as commander to an order of its own. */
export function signedOrder(
  { message_bytes }: Pick<SignedRules, 'message_bytes'>,
  said: {
    readonly round: number;
    readonly signer: number;
    readonly digest: number;
    readonly previous: SignedOrder | null;
    readonly valid?: boolean;
  },
): SignedOrder {
  const { round, signer, digest, previous, valid = true } = said;
  const path = [...(previous?.path ?? []), signer];
  return new SignedOrder({
    type: previous === null ? TYPE.order : TYPE.relay,
    // Its own draws: by the number of signatures, and by which of two orders it is.
    view: 2 * path.length + (digest & 1),
    sequence: round,
    signer,
    digest,
    bytes: message_bytes(path.length, true),
    path,
    previous,
    valid,
  });
}

/** The signatures under an order, the last one first; null: they are not of one order, each put to the one before. */
export function signaturesOf(message: SignedOrder): readonly SignedOrder[] | null {
  const signatures: SignedOrder[] = [];
  for (let link: SignedOrder | null = message; link !== null; link = link.previous) {
    const { path, signer, digest, sequence, previous } = link;
    const fits = digest === message.digest && sequence === message.sequence && path[path.length - 1] === signer;
    if (!fits || path.length !== (previous?.path.length ?? 0) + 1 || previous?.path.some((general, at) => path[at] !== general))
      return null;
    signatures.push(link);
  }
  return new Set(message.path).size === message.path.length ? signatures : null;
}

/** Orders that V takes, and what a loyal general says of one order at most. */
const MOST = 2;

export class SignedLieutenant implements Lieutenant<SignedOrder> {
  readonly #id: number;
  readonly #order: OrderName;
  readonly #rules: SignedRules;
  /** V, in the order in which they came. */
  readonly #orders: number[] = [];
  /** By the number of signatures: what has come and was not looked at yet. */
  readonly #came: SignedOrder[][];
  readonly #said = new Map<number, number>();

  constructor(id: number, order: OrderName, rules: SignedRules) {
    this.#id = id;
    this.#order = order;
    this.#rules = rules;
    this.#came = Array.from({ length: rules.m + 1 }, () => []);
  }

  hear(message: SignedOrder): void {
    if (this.#orders.includes(message.digest)) return;
    const said = this.#said.get(message.signer) ?? 0;
    if (said === MOST) return;
    this.#said.set(message.signer, said + 1);
    this.#came[message.path.length - 1].push(message);
  }

  endOf(round: number, headquarters: Headquarters): readonly SignedOrder[] {
    const { m, node } = this.#rules;
    const says: SignedOrder[] = [];
    for (const message of this.#came[round - 1]) {
      const { digest } = message;
      if (digest === RETREAT || this.#orders.length === MOST || this.#orders.includes(digest)) continue;
      if (!this.#isGood(message, headquarters)) continue;
      this.#orders.push(digest);
      headquarters.accept(digest);
      if (round > m) continue;
      const relay = signedOrder(this.#rules, { round: this.#order.round, signer: this.#id, digest, previous: message });
      headquarters.log.sign(relay);
      headquarters.works(node.sign_ns);
      says.push(relay);
    }
    this.#came[round - 1].length = 0;
    return says;
  }

  /** Every signature under it is checked, together. */
  #isGood(message: SignedOrder, headquarters: Headquarters): boolean {
    const signatures = signaturesOf(message);
    if (signatures === null) return false;
    headquarters.hash(message.digest);
    headquarters.works(checkSignatures_ns(this.#rules.node, signatures.length));
    return headquarters.log.verify(signatures).length === signatures.length;
  }

  choice(): number {
    return this.#orders.length === 1 ? this.#orders[0] : RETREAT;
  }

  /** Every message has the order in it: nothing that it decides on is missing. */
  holdersOf(): readonly number[] {
    return [];
  }
}
