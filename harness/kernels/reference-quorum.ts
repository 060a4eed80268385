// The readable twin of the quorum kernels: waves message by message and a sort, tallies as a Map of Maps.
import { departOffset_us, delay_us, regionOf, tries } from '../simulate/core/network.ts';
import type { Network } from '../model/network.ts';
import { receiversAtMost } from '../simulate/core/draws.ts';
import { oneAtATime, type OneAtATime } from './border.ts';
import {
  LATEST_US,
  badVote,
  checkTallyWindow,
  readField,
  readLots,
  readPlace,
  readTallyShape,
  readVotes,
  readWave,
} from './quorum-border.ts';
import { NEVER_US, type Lots, type QuorumKernels, type Tally, type TallyShape, type Wave, type WaveField } from '../model/kernels.ts';

function openWaves(given: Network, nodes: number): WaveField {
  const network = readField(given, nodes);
  const limits = { nodes, maxDelay_us: network.maxDelay_us };

  function triesOf(wave: Wave, sender: number, receiver: number): number {
    return tries(network, { a: wave.lossKeyA[sender], b: wave.lossKeyB[sender] }, receiver);
  }
  function arrival_us(wave: Wave, sender: number, receiver: number): number {
    const position = receiver - (receiver > sender ? 1 : 0);
    const key = { a: wave.delayKeyA[sender], b: wave.delayKeyB[sender] };
    const arrival =
      wave.start_us[sender] +
      departOffset_us(typeof wave.upload_ns === 'number' ? wave.upload_ns : wave.upload_ns[sender], position) +
      delay_us(network, key, regionOf(network, sender), regionOf(network, receiver), receiver) +
      (triesOf(wave, sender, receiver) - 1) * network.rto_us;
    return Math.min(arrival, LATEST_US);
  }

  return {
    reach(given, reached_us) {
      const wave = readWave(given, reached_us, limits);
      // Written at the end: reached_us may be one of the wave's own arrays.
      const reached: number[] = [];
      for (let i = 0; i < wave.count; i++) {
        const receiver = wave.receivers[i];
        const arrivals: number[] = [];
        for (let sender = 0; sender < nodes; sender++) {
          if (sender !== receiver && wave.start_us[sender] !== NEVER_US) arrivals.push(arrival_us(wave, sender, receiver));
        }
        if (wave.own_us[receiver] !== NEVER_US) arrivals.push(wave.own_us[receiver]);
        arrivals.sort((x, y) => x - y);
        reached.push(arrivals[wave.need - 1] ?? NEVER_US);
      }
      for (const [i, time] of reached.entries()) reached_us[i] = time;
    },
    extraTries(given) {
      const wave = readWave(given, null, limits);
      if (network.lossThreshold === 0) return 0;
      let extra = 0;
      for (let sender = 0; sender < nodes; sender++) {
        if (wave.start_us[sender] === NEVER_US) continue;
        for (let receiver = 0; receiver < nodes; receiver++) if (receiver !== sender) extra += triesOf(wave, sender, receiver) - 1;
      }
      return extra;
    },
  };
}

function openTally(given: TallyShape): Tally {
  const shape = readTallyShape(given);
  let { firstSequence, firstView } = shape;
  /** (view, sequence, phase) -> sender -> the digest of its first vote. */
  let firsts = new Map<string, Map<number, number>>();

  return {
    add(given) {
      const votes = readVotes(given);
      const report = { accepted: 0, duplicate: 0, conflicting: 0, outside: 0 };
      for (let i = 0; i < votes.length; i++) {
        const view = votes.view[i];
        const sequence = votes.sequence[i];
        const phase = votes.phase[i];
        const sender = votes.sender[i];
        const digest = votes.digest[i];
        if (sender < 0 || sender >= shape.senders || phase >= shape.phases || digest < 0) throw badVote(votes, i, shape);
        const inside =
          view >= firstView && view < firstView + shape.views && sequence >= firstSequence && sequence < firstSequence + shape.sequences;
        if (!inside) {
          report.outside += 1;
          continue;
        }
        const place = `${view} ${sequence} ${phase}`;
        let senders = firsts.get(place);
        if (senders === undefined) firsts.set(place, (senders = new Map<number, number>()));
        const first = senders.get(sender);
        if (first === undefined) {
          senders.set(sender, digest);
          report.accepted += 1;
        } else if (first === digest) report.duplicate += 1;
        else report.conflicting += 1;
      }
      return report;
    },
    count(at) {
      const place = readPlace(at, { shape, firstSequence, firstView });
      let count = 0;
      for (const digest of firsts.get(`${place.view} ${place.sequence} ${place.phase}`)?.values() ?? [])
        if (digest === place.digest) count += 1;
      return count;
    },
    reset(newFirstSequence, newFirstView) {
      checkTallyWindow(shape, newFirstSequence, newFirstView);
      firstSequence = newFirstSequence;
      firstView = newFirstView;
      firsts = new Map();
    },
  };
}

function drawnAtMost(given: Lots, found: Int32Array): number {
  const { keyA, keyB, receivers, most } = readLots(given, found);
  return receiversAtMost({ a: keyA, b: keyB }, { receivers, most }, found);
}

export function referenceQuorum(alone: OneAtATime = oneAtATime()): QuorumKernels {
  return alone<QuorumKernels>({
    drawnAtMost,
    openTally: (shape) => alone<Tally>(openTally(shape)),
    openWaves: (network, nodes) => alone<WaveField>(openWaves(network, nodes)),
  });
}
