// The validators of a run: whose they are, and in which slot of each epoch they attest.
import type { Setup } from '../../harness/simulate/core/contract.ts';
import { concat, fillerBytes } from '../../harness/simulate/core/bytes.ts';
import { PURPOSE, drawKey, drawUnit } from '../../harness/simulate/core/draws.ts';
import type { GasperParameters } from './parameters.ts';
import { committeeStart, shuffled } from './shuffle.ts';

/** A part of a draw key. */
const MIX = 2;
const DOMAIN_BEACON_ATTESTER = Uint8Array.of(1, 0, 0, 0);

/** One epoch. */
interface Assignment {
  /** By validator: its slot in the epoch. */
  readonly slotOf: Uint16Array;
  /** By slot in the epoch and node: how many of the node's validators attest. */
  readonly weights: readonly Int32Array[];
}

export class Committees {
  readonly validators: number;
  readonly slots_per_epoch: number;
  private readonly setup: Pick<Setup<GasperParameters>, 'cell' | 'kernels' | 'nodes'>;
  private readonly epochs = new Map<number, Assignment>();

  constructor(setup: Pick<Setup<GasperParameters>, 'cell' | 'kernels' | 'nodes' | 'parameters'>) {
    this.setup = setup;
    this.validators = setup.parameters.validators;
    this.slots_per_epoch = setup.parameters.slots_per_epoch;
  }

  /** Validators are dealt out one after another, so that all nodes have as many, or one fewer. */
  nodeOf(validator: number): number {
    return validator % this.setup.nodes;
  }

  /** The validator that proposes in a slot: all have the same balance, so that the sampling of the specification takes each alike. */
  proposer(slot: number): number {
    return Math.floor(drawUnit(drawKey(this.setup.cell.seed, { purpose: PURPOSE.blockWinner, sequence: slot }), 0) * this.validators);
  }

  slotsOf(epoch: number): Uint16Array {
    return this.assignment(epoch).slotOf;
  }
  weights(slot: number): Int32Array {
    return this.assignment(Math.floor(slot / this.slots_per_epoch)).weights[slot % this.slots_per_epoch];
  }
  /** A node's validators that attest in a slot, ascending. */
  members(slot: number, node: number): number[] {
    const slotOf = this.slotsOf(Math.floor(slot / this.slots_per_epoch));
    const members: number[] = [];
    for (let validator = node; validator < this.validators; validator += this.setup.nodes)
      if (slotOf[validator] === slot % this.slots_per_epoch) members.push(validator);
    return members;
  }

  private assignment(epoch: number): Assignment {
    let assignment = this.epochs.get(epoch);
    if (assignment === undefined) this.epochs.set(epoch, (assignment = this.assign(epoch)));
    return assignment;
  }

  private assign(epoch: number): Assignment {
    const { validators, slots_per_epoch } = this;
    const { nodes, cell, kernels } = this.setup;
    const number = new Uint8Array(8);
    new DataView(number.buffer).setBigUint64(0, BigInt(epoch), true);
    // The mix that proposers of earlier epochs would have revealed.
    const mix = fillerBytes(drawKey(cell.seed, { purpose: PURPOSE.eligibility, type: MIX, sequence: epoch }), 32);
    const members = shuffled(validators, kernels.sha256(concat([DOMAIN_BEACON_ATTESTER, number, mix])), kernels.sha256);
    const slotOf = new Uint16Array(validators);
    const weights = Array.from({ length: slots_per_epoch }, () => new Int32Array(nodes));
    // The committees of a slot stand one after another: together they are one range.
    for (let slot = 0; slot < slots_per_epoch; slot++) {
      const end = committeeStart(validators, slot + 1, slots_per_epoch);
      for (let i = committeeStart(validators, slot, slots_per_epoch); i < end; i++) {
        slotOf[members[i]] = slot;
        weights[slot][this.nodeOf(members[i])] += 1;
      }
    }
    return { slotOf, weights };
  }
}
