// From a mined header to a whole block: section 3 of the paper, steps 2 to 6.
import { Outages, isCut } from '../../harness/simulate/chain/outages.ts';
import { inSpan, type RelayTypes } from '../../harness/simulate/chain/rules.ts';
import type { BlockView, ChainSpec, Stages } from '../../harness/simulate/chain/spec.ts';
import { Spread, type SpreadSpec } from '../../harness/simulate/chain/spread.ts';
import type { Setup } from '../../harness/simulate/core/contract.ts';
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import { HEADER_BYTES, HEADER_DIGEST_BYTES } from '../parts/mining.ts';
import { drawnSatoshi, type Satoshi } from './stakeholders.ts';

/** Hash of the header, hash of its parent, and a suffix of 4 bytes: what is hashed to draw one stakeholder. */
export const DRAW_BYTES = 32 + 32 + 4;
/** Key and signature of a stakeholder, in a block and by themselves; those name the header too. */
export const SIGNATURE_BYTES = 32 + 64;
const SIGNATURE_MESSAGE_BYTES = 32 + SIGNATURE_BYTES;

/** Of draws alone: these messages are worked out where the block is found. */
const HEADER_TYPES: RelayTypes = { announcement: 16, request: 17, body: 18 };
const SIGNATURE_TYPES: RelayTypes = { announcement: 19, request: 20, body: 21 };

/** What checking a header and drawing its stakeholders hashes. */
export const headerCheckBytes = (stakeholders: number): number => HEADER_DIGEST_BYTES + stakeholders * DRAW_BYTES;

export interface Round {
  /** Others that the header comes to by itself. */
  readonly headerReceivers: number;
  /** Of the first N - 1, those who sign; and to how many others that comes. */
  readonly signatures: readonly { readonly signer: number; readonly receivers: number }[];
  /** When the last of the drawn has what it needs, and signs and publishes the block; null: never. */
  readonly whole: { readonly at_us: number; readonly by: number } | null;
  readonly messages: number;
  readonly bytes: number;
  /** The header and the first signatures come with the block alone. */
  readonly isSecret: boolean;
}

export interface Stake {
  readonly satoshi: Satoshi;
  /** The part of everyone's satoshi whose owners are online, and in the span of a loss of power. */
  readonly online: number;
  readonly onlineInSpan: number;
  readonly stakeholders: number;
}

type RoundSpec = SpreadSpec & Pick<ChainSpec, 'adversary' | 'faultSpan' | 'faults'> & { readonly attacks: boolean };

/** The rounds of a run, a pure function of each block. */
export class Rounds {
  private readonly setup: Setup;
  private readonly spec: RoundSpec;
  private readonly stake: Stake;
  private readonly outages: Outages;
  private spread: Spread | null = null;

  /** `attacks`: within the fault's span the adversary signs for nobody else. */
  constructor(setup: Setup, spec: RoundSpec, stake: Stake) {
    this.setup = setup;
    this.spec = spec;
    this.stake = stake;
    this.outages = new Outages(spec.faults);
  }

  stages(blocks: BlockView, block: number): Stages {
    const { headerReceivers, signatures, whole, messages, bytes, isSecret } = this.of(blocks, block);
    const verifies = signatures.reduce((sum, { receivers }) => sum + receivers, 0);
    return {
      at_us: whole?.at_us ?? Infinity,
      ...(whole === null ? {} : { publisher: whole.by }),
      messages,
      bytes,
      counts: {
        signs: signatures.length + (whole === null ? 0 : 1),
        verifies,
        verifies_single: verifies,
        digest_bytes: headerReceivers * headerCheckBytes(this.stake.stakeholders),
      },
      ...(isSecret
        ? {
            receiverCounts: {
              verifies: signatures.length,
              verifies_single: signatures.length,
              digest_bytes: headerCheckBytes(this.stake.stakeholders),
            },
          }
        : {}),
    };
  }

  of(blocks: BlockView, block: number): Round {
    const finder = blocks.miner(block);
    const found_us = blocks.found_us(block);
    const { adversary, attacks, faultSpan } = this.spec;
    const { satoshi, stakeholders } = this.stake;
    const drawn = drawnSatoshi(this.setup.cell.seed, block, stakeholders, satoshi.total).map((one) => satoshi.follow(one));
    const isAttacking = attacks && inSpan(faultSpan, found_us);
    if (finder === adversary && isAttacking)
      return secretRound(
        drawn.map(({ owner }) => owner),
        finder,
        found_us,
      );
    const share = inSpan(faultSpan, found_us) ? this.stake.onlineInSpan : this.stake.online;
    const signs = drawn.map(({ owner, balance, place }) =>
      owner === adversary
        ? !isAttacking && this.canHear(finder, owner, found_us)
        : place < balance * share && this.canHear(finder, owner, found_us),
    );
    return this.publicRound(
      block,
      finder,
      found_us,
      drawn.map(({ owner }) => owner),
      signs,
    );
  }

  /** Is a node up, and does what another sends reach it, as far as faults go that hold now? */
  private canHear(from: number, node: number, at_us: number): boolean {
    if (this.outages.isDown(node, at_us)) return false;
    const isLost = (entry: FaultEntry): boolean =>
      inSpan(entry, at_us) && isCut(entry, from, node) && !(entry.kind === 'partition' && entry.holds && entry.until_us < Infinity);
    return from === node || !this.spec.faults.some(isLost);
  }

  private publicRound(block: number, finder: number, found_us: number, owners: readonly number[], signs: readonly boolean[]): Round {
    const { setup, stake } = this;
    const { sign_ns, verify_ns, hash_ns_per_byte } = setup.cell.node;
    const sign_us = Math.ceil(sign_ns / 1000);
    const last = owners[owners.length - 1];
    let messages = 0;
    let bytes = 0;
    const spread = (this.spread ??= new Spread(setup, this.spec));
    const send = (types: RelayTypes, view: number, origin: number, at_us: number): { accepted_us: Float64Array; receivers: number } => {
      const accepted_us = new Float64Array(this.spec.participants);
      const content = types === HEADER_TYPES ? HEADER_BYTES : SIGNATURE_MESSAGE_BYTES;
      const check_ns = types === HEADER_TYPES ? hash_ns_per_byte * headerCheckBytes(stake.stakeholders) : verify_ns;
      spread.send({ types, view, sequence: block, origin, at_us, parent_us: null, accepted_us }, spread.parcelOf(content, check_ns));
      accepted_us[origin] = at_us;
      messages += spread.messages;
      bytes += spread.bytes;
      return { accepted_us, receivers: spread.reached(origin) - 1 };
    };
    const header = send(HEADER_TYPES, 0, finder, found_us);
    let ready_us = header.accepted_us[last];
    let areAll = signs[signs.length - 1];
    const signatures: { signer: number; receivers: number }[] = [];
    for (let i = 0; i < owners.length - 1; i++) {
      const signer = owners[i];
      const heard_us = header.accepted_us[signer];
      if (!signs[i] || heard_us === Infinity) {
        areAll = false;
        continue;
      }
      const { accepted_us, receivers } = send(SIGNATURE_TYPES, i, signer, heard_us + sign_us);
      signatures.push({ signer, receivers });
      if (!this.canHear(signer, last, heard_us)) areAll = false;
      ready_us = Math.max(ready_us, accepted_us[last]);
    }
    const whole = areAll && ready_us < Infinity ? { at_us: ready_us + sign_us, by: last } : null;
    return { headerReceivers: header.receivers, signatures, whole, messages, bytes, isSecret: false };
  }
}

/** An attacker's header, of which it tells nobody: whole at once where all that are drawn are its own, else for nothing. */
function secretRound(owners: readonly number[], adversary: number, found_us: number): Round {
  const isOwn = owners.every((owner) => owner === adversary);
  const signatures = isOwn ? owners.slice(1).map((signer) => ({ signer, receivers: 0 })) : [];
  return {
    headerReceivers: 0,
    signatures,
    whole: isOwn ? { at_us: found_us, by: adversary } : null,
    messages: 0,
    bytes: 0,
    isSecret: true,
  };
}
