// Attestations in the fast engine: all votes of a slot are one event. How a vote reaches everyone is worked out when it is cast, and who knows what
// then is asked of the arrivals. The rules: docs/chains.md.
import type { Active, Blocks } from './blocks.ts';
import { Outages } from './outages.ts';
import { Overlay } from './overlay.ts';
import { slotDuties, type Duty } from './rules.ts';
import type { Spread } from './spread.ts';
import type { Attestation, Attestations, AttestedEnding, ChainSpec, ForkChoice, NodeView } from './spec.ts';
import { EngineLimit } from '../core/contract.ts';

/** What the engine knows and does that attestations need. */
export interface AttestingDesk {
  /** Is what is sent then counted? */
  counts(at_us: number): boolean;
  /** The client's node chooses its tip; returns whether the run goes on. */
  clientLooks(at_us: number): boolean;
  note(at_us: number, node: number, text: string): void;
}

interface AttestingParts {
  readonly blocks: Blocks;
  readonly spread: Spread;
  readonly desk: AttestingDesk;
}

/**
 * Null where the spec has no attestations.
 * @throws EngineLimit where it has what they do not go with
 */
export function attestingOf(spec: ChainSpec, parts: AttestingParts): Attesting | null {
  if (spec.attestations === undefined) return null;
  if (spec.adversary !== null || spec.committee !== undefined || spec.stages !== undefined)
    throw new EngineLimit('attestations with an adversary, with a committee or with stages');
  return new Attesting(spec, spec.attestations, parts);
}

const CLIENT = 0;

export class Attesting extends Overlay {
  private readonly spec: ChainSpec;
  private readonly rules: Attestations;
  private readonly desk: AttestingDesk;
  private readonly choice: ForkChoice;
  private readonly outages: Outages;
  private readonly duties: Iterator<Duty, never>;
  private duty: Duty;
  private readonly attestations: Attestation[] = [];
  /** By attestation: when each participant knows it; null: all whom it reaches do. */
  private readonly known_us: (Float64Array | null)[] = [];
  /** Those that are still under way, and when they are not any more. */
  private underWay: { readonly attestation: number; readonly all_us: number }[] = [];
  /** By block: when each participant accepts it, and the last one does. */
  private readonly accepted_us: (Float64Array | undefined)[] = [];
  private readonly all_us: number[] = [0];
  private readonly spare: Float64Array[] = [];
  /** One for all nodes: nobody keeps it. */
  private readonly view: NodeView & { node: number; at_us: number };

  constructor(spec: ChainSpec, rules: Attestations, parts: AttestingParts) {
    super(parts.blocks, parts.spread);
    this.spec = spec;
    this.rules = rules;
    this.desk = parts.desk;
    this.outages = new Outages(spec.faults);
    this.duties = slotDuties(spec, rules);
    this.duty = this.duties.next().value;
    this.choice = rules.start({ blocks: parts.blocks.view, attestations: this.attestations });
    const { accepted_us, known_us, attestations, spread } = this;
    const { links } = spread;
    this.view = {
      node: 0,
      at_us: 0,
      accepted_us(block) {
        const accept_us = block === 0 ? 0 : (accepted_us[block]?.[this.node] ?? Infinity);
        return accept_us <= this.at_us ? accept_us : Infinity;
      },
      knows(attestation) {
        const its_us = known_us[attestation];
        if (its_us !== null) return its_us[this.node] <= this.at_us;
        return links.whole || links.part[attestations[attestation].voter] === links.part[this.node];
      },
    };
  }

  private viewOf(node: number, at_us: number): NodeView {
    this.view.node = node;
    this.view.at_us = at_us;
    return this.view;
  }

  /** The next begin of a slot, or when its votes are due. */
  get next_us(): number {
    return this.duty.at_us;
  }

  lookNext(): void {
    const { at_us, slot, votes } = this.duty;
    this.duty = this.duties.next().value;
    this.release(at_us);
    const goesOn = this.desk.clientLooks(at_us);
    if (!votes) return;
    const weights = this.rules.weights(slot);
    for (let node = 0; node < this.spec.participants; node++) {
      if (weights[node] > 0 && !(this.outages.any && this.outages.isDown(node, at_us))) this.vote(slot, node, weights[node], at_us);
      if (node === CLIENT && !goesOn) return;
    }
  }

  private vote(slot: number, node: number, weight: number, at_us: number): void {
    const { spread, desk } = this;
    const block = this.head(node, at_us);
    const known_us = this.spare.pop() ?? new Float64Array(this.spec.participants);
    const parent_us = this.arrivals_us(block, at_us);
    const all_us = spread.vote({ view: node, sequence: slot, origin: node, at_us, parent_us, accepted_us: known_us });
    known_us[node] = at_us;
    this.underWay.push({ attestation: this.attestations.length, all_us });
    this.attestations.push({ slot, voter: node, weight, block });
    this.known_us.push(known_us);
    this.cast({ block, round: slot, voter: node, cast_us: at_us }, weight, desk.counts(at_us));
    desk.note(at_us, node, `votes for block ${block} in slot ${slot}`);
  }

  private release(at_us: number): void {
    const { underWay, known_us, spare } = this;
    this.underWay = underWay.filter(({ attestation, all_us }) => {
      if (all_us > at_us) return true;
      spare.push(known_us[attestation]!);
      known_us[attestation] = null;
      return false;
    });
  }

  /** The tip of a node. */
  head(node: number, at_us: number): number {
    return this.choice.head(this.viewOf(node, at_us), at_us);
  }
  /** The last final block of a chain. */
  finalOf(tip: number, at_us: number): number {
    return this.choice.final(tip, at_us);
  }

  get ending(): AttestedEnding {
    return this.choice.ending;
  }

  found(block: number, miner: number, at_us: number): void {
    this.choice.found(block, this.viewOf(miner, at_us));
  }
  published({ block, accepted_us, all_us }: Active): void {
    this.accepted_us[block] = accepted_us.slice();
    this.all_us[block] = all_us;
  }
  /** When each participant accepts a block; null where everybody has it whom it reaches. */
  arrivals_us(block: number, at_us: number): Float64Array | null {
    return this.all_us[block] <= at_us ? null : this.accepted_us[block]!;
  }
}
