// The part of a chain's spec that every chain mechanism makes alike, from the parameters of parameters.ts.
import { DOUBLE_SPEND, EXCLUDE, PUBLISH, SELFISH } from './adversary.ts';
import { TAKING_AWAY } from './outages.ts';
import { autoGiveUpDeficit, type LotteryShares } from './shares.ts';
import type { Setup } from '../core/contract.ts';
import { checkSignatures_ns } from '../core/certificates.ts';
import type { BlockSize, ChainSpec, RelayPath } from './spec.ts';

/** By the parameter: the way that blocks and votes go, and whether blocks leave out transactions that all have. */
const RELAYS = {
  announce: { path: 'announce', compact: false },
  compact: { path: 'announce', compact: true },
  direct: { path: 'direct', compact: false },
  'relay-network': { path: 'network', compact: true },
} as const satisfies Record<string, { path: RelayPath; compact: boolean }>;

/** Parameters that every chain mechanism has, as chain-parameters.ts declares them. */
export interface CommonParameters {
  readonly relay: keyof typeof RELAYS;
  readonly peer_degree: number | 'all';
  readonly merchant_confirmations: number | 'auto';
  readonly give_up_deficit_blocks: number | 'auto';
  readonly attacks: number | 'auto';
}

/** A compact block's nonce for short identifiers and its number of prefilled transactions, of which there are none; and one identifier (BIP 152). */
const COMPACT_BYTES = 8 + 1;
const SHORT_ID_BYTES = 6;

/** What goes out of a block of `bytes` where the receiver has its transactions in its mempool. */
function compact_bytes(bytes: number, transactions: number, transaction_bytes: number): number {
  return bytes + COMPACT_BYTES + transactions * (SHORT_ID_BYTES - transaction_bytes);
}

/**
 * About how many events a chain's cell causes on messages: at each of the `decisions` blocks that come at least (what confirms them, goes
 * stale or waits for attacks comes on top) its finding, and at each other node a body, a check and a choice; on the peer graph a request
 * too, and announcements to all neighbours but who sent it.
 */
export function expectedChainEvents({
  nodes,
  decisions,
  parameters: { relay, peer_degree },
}: {
  readonly nodes: number;
  readonly decisions: number;
  readonly parameters: Pick<CommonParameters, 'relay' | 'peer_degree'>;
}): number {
  const others = nodes - 1;
  const degree = peer_degree === 'all' ? others : Math.min(peer_degree, others);
  const relayed = RELAYS[relay].path === 'announce' ? 2 * others + (nodes * degree - others) : others;
  return decisions * (1 + 2 * others + relayed);
}

/**
 * The part of a spec that does not depend on the mechanism. `rho`: the chance with which an attacker gains a block on the
 * public chain for good (q/p in proof of work). `sizeOf`: a block of so many transactions, their clients' signatures left out.
 */
export function commonSpec(
  setup: Setup,
  p: CommonParameters,
  { shares, adversary }: LotteryShares,
  race: { readonly confirmations: number | null; readonly q: number; readonly rho: number },
  sizeOf: (transactions: number) => BlockSize,
): Pick<
  ChainSpec,
  | 'participants'
  | 'shares'
  | 'adversary'
  | 'strategy'
  | 'faultSpan'
  | 'faults'
  | 'relay'
  | 'peerDegree'
  | 'adversaryShare'
  | 'confirmations'
  | 'merchantConfirmations'
  | 'giveUpDeficit_blocks'
  | 'attacks'
  | 'blockBytes'
  | 'validate_ns'
  | 'sizeOf'
> {
  const { faults } = setup;
  const { node, transactions } = setup.cell;
  const wholeSizeOf: ChainSpec['sizeOf'] = (count, unseen = count) => {
    const whole = sizeOf(count);
    const size = RELAYS[p.relay].compact ? { ...whole, bytes: compact_bytes(whole.bytes, count, transactions.bytes) } : whole;
    return transactions.signed === true ? { ...size, validate_ns: size.validate_ns + checkSignatures_ns(node, unseen) } : size;
  };
  const full = wholeSizeOf(transactions.per_decision);
  const { confirmations, q, rho } = race;
  const merchantConfirmations = p.merchant_confirmations === 'auto' ? (confirmations ?? Infinity) : p.merchant_confirmations;
  // Nobody to cheat: with half of the power it can still keep everybody else's blocks out, with less it cannot for long.
  const spending = merchantConfirmations < Infinity ? DOUBLE_SPEND : q >= 0.5 ? EXCLUDE : PUBLISH;
  const strategy = faults.kind === 'selfish' ? SELFISH : spending;
  const attacking = adversary !== null && shares[adversary] > 0 && strategy === DOUBLE_SPEND;
  return {
    participants: shares.length,
    shares,
    adversary,
    strategy,
    faultSpan: { from_us: faults.from_us, until_us: faults.until_us },
    faults: faults.entries.filter(({ kind, count }) => TAKING_AWAY.has(kind) && count > 0),
    relay: RELAYS[p.relay].path,
    peerDegree: p.peer_degree === 'all' ? Infinity : p.peer_degree,
    adversaryShare: q,
    confirmations,
    merchantConfirmations,
    giveUpDeficit_blocks: p.give_up_deficit_blocks === 'auto' ? autoGiveUpDeficit(rho) : p.give_up_deficit_blocks,
    blockBytes: full.bytes,
    validate_ns: full.validate_ns,
    sizeOf: wholeSizeOf,
    attacks: attacking && p.attacks !== 'auto' ? p.attacks : 0,
  };
}
