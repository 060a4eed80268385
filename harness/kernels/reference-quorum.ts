// The readable twin of the quorum kernels: waves message by message and a sort, tallies as a Map of Maps.
import { departOffset_us, delay_us, regionOf, tries, type Network } from '../simulate/network.ts';
import { LATEST_US, badVote, checkField, checkPlace, checkTallyShape, checkTallyWindow, checkVotes, checkWave } from './quorum-border.ts';
import { NEVER_US, type Kernels, type Tally, type TallyShape, type Wave, type WaveField } from './interface.ts';

function openWaves(network: Network, nodes: number): WaveField {
  const limits = { nodes, largestDelay_us: checkField(network, nodes) };

  function triesOf(wave: Wave, sender: number, receiver: number): number {
    return tries(network, { a: wave.lossKeyA[sender], b: wave.lossKeyB[sender] }, receiver);
  }
  function arrival_us(wave: Wave, sender: number, receiver: number): number {
    const position = receiver - (receiver > sender ? 1 : 0);
    const key = { a: wave.delayKeyA[sender], b: wave.delayKeyB[sender] };
    const arrival =
      wave.start_us[sender] +
      departOffset_us(wave.upload_ns, position) +
      delay_us(network, key, regionOf(network, sender), regionOf(network, receiver), receiver) +
      (triesOf(wave, sender, receiver) - 1) * network.rto_us;
    return Math.min(arrival, LATEST_US);
  }

  return {
    reach(wave, reached_us) {
      checkWave(wave, reached_us, limits);
      wave.receivers.forEach((receiver, i) => {
        const arrivals: number[] = [];
        for (let sender = 0; sender < nodes; sender++) {
          if (sender !== receiver && wave.start_us[sender] !== NEVER_US) arrivals.push(arrival_us(wave, sender, receiver));
        }
        if (wave.own_us[receiver] !== NEVER_US) arrivals.push(wave.own_us[receiver]);
        arrivals.sort((x, y) => x - y);
        reached_us[i] = arrivals[wave.need - 1] ?? NEVER_US;
      });
    },
    extraTries(wave) {
      checkWave(wave, null, limits);
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

function openTally(shape: TallyShape): Tally {
  checkTallyShape(shape);
  let { firstSequence, firstView } = shape;
  /** (view, sequence, phase) -> sender -> the digest of its first vote. */
  let firsts = new Map<string, Map<number, number>>();

  return {
    add(votes) {
      checkVotes(votes);
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
      checkPlace(at, { shape, firstSequence, firstView });
      let count = 0;
      for (const digest of firsts.get(`${at.view} ${at.sequence} ${at.phase}`)?.values() ?? []) if (digest === at.digest) count += 1;
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

export function referenceQuorum(): Pick<Kernels, 'openTally' | 'openWaves'> {
  return { openTally, openWaves };
}
