// A whole configuration from one number: mechanism, nodes, parameters, network, processing, load and faults. Plain suite data, so that what
// fails can be run, traced and changed like any suite.

/** A generator of draws from a seed (mulberry32: one 32-bit word of state, good enough to spread configurations). */
export function drawsOf(seed) {
  let state = (seed ^ 0x5bd1e995) >>> 0;
  const word = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (count) => word() % count;
  const between = (low, high) => low + below(high - low + 1);
  return {
    below,
    between,
    chance: (percent) => below(100) < percent,
    pick: (list) => list[below(list.length)],
    shuffled: (list) => {
      const out = [...list];
      for (let i = out.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [out[i], out[j]] = [out[j], out[i]];
      }
      return out;
    },
  };
}

const ONE_BY_ONE = { kind: 'closed', in_flight: 1 };
const LIES = ['equivocate', 'wrong-vote', 'bad-signature', 'replay'];

/** Nodes know of several batches at a time, and what is said of them crosses. */
const SEVERAL_VALUES = {
  decisions: 5,
  network: (d) => ({ kind: 'normal', mean_ms: d.pick([10, 30]), sd_ms: 15 }),
  load: (d) => ({ kind: 'closed', in_flight: d.pick([4, 8]), warmup_s: 1, window_s: 3 }),
};
/** Leaders come and go, and leave entries in some of the logs that nobody else has: of many batches a second more than one message carries. */
const ELECTIONS = {
  percent: 60,
  decisions: 60,
  network: () => ({ kind: 'fixed', delay_ms: 10 }),
  load: (d) => (d.chance(50) ? ONE_BY_ONE : { kind: 'open', rate_tps: 300, warmup_s: 1, window_s: 2, batch_timeout_ms: 10 }),
};

/**
 * What a mechanism's configurations look like where its declaration does not say it.
 * `parameters`: values worth trying beside the default ones. `synchronous`: whoever is late is faulty, so that no message may be later than the
 * network's own delays. `nodes`: numbers of nodes. `lies`: how liars are drawn, as often as they stand there. `brief`: runs in which many short
 * faults come one after another, and meet what a run of the usual kind rarely does, like two elections in a row: of a hundred configurations
 * `percent`, with so many `decisions`, on such a `network`, under such a `load` (one batch after another). `liars`: the most that parameters
 * bear, where that is not what the mechanism claims with its default ones; `safetyAlone`: with these it is not claimed to be live.
 */
const HINTS = {
  pbft: {
    parameters: (d) => {
      const checkpoint_interval = d.pick([2, 4, 128]);
      return {
        checkpoint_interval,
        log_window: d.pick([1, 2]) * checkpoint_interval,
        ...(d.chance(40) ? { authentication: 'mac' } : {}),
        ...(d.chance(25) ? { execution: 'tentative' } : {}),
        ...(d.chance(10) ? { quorum: '2n/3' } : {}),
        ...(d.chance(20) ? { view_change_timeout_ms: d.pick([100, 400, 3000]) } : {}),
        ...(d.chance(15) ? { client_timeout_ms: d.pick([50, 5000]) } : {}),
      };
    },
  },
  'generals-oral': {
    synchronous: true,
    nodes: (d) => d.between(2, 10),
    parameters: (d) => ({ relays: d.pick(['digest', 'digest', 'order']) }),
  },
  'generals-signed': {
    synchronous: true,
    nodes: (d) => d.between(2, 10),
    // More rounds than traitors, too.
    parameters: (d, nodes) => (nodes > 5 && d.chance(40) ? { m: d.between(2, 3) } : {}),
  },
  tendermint: {
    // Some see a quorum's PREVOTEs and lock, others do not, and the next proposer has another value.
    brief: {
      percent: 70,
      ...SEVERAL_VALUES,
      load: (d) => ({ kind: 'open', rate_tps: d.pick([20, 100]), warmup_s: 1, window_s: 3, batch_timeout_ms: 10 }),
    },
    parameters: (d, nodes, { brief }) => ({
      // So nearly equal that no f validators have more than the faulty power that is tolerated.
      ...(d.chance(30) ? { powers: Array.from({ length: nodes }, () => d.between(20, 21)).join(',') } : {}),
      ...(brief
        ? {
            timeout_propose_ms: d.pick([20, 50, 100]),
            timeout_propose_delta_ms: 50,
            timeout_prevote_ms: d.pick([1, 20]),
            timeout_precommit_ms: d.pick([1, 20]),
          }
        : {
            ...(d.chance(40) ? { timeout_propose_ms: d.pick([20, 300, 1000]), timeout_propose_delta_ms: d.pick([50, 500]) } : {}),
            ...(d.chance(40) ? { timeout_prevote_ms: d.pick([1, 100]), timeout_precommit_ms: d.pick([1, 100]) } : {}),
          }),
      ...(d.chance(20) ? { timeout_commit_ms: d.pick([100, 1000]) } : {}),
      ...(d.chance(15) ? { client_timeout_ms: d.pick([50, 1000]) } : {}),
      ...(d.chance(30) ? { certificates: 'aggregate' } : {}),
    }),
  },
  hotstuff: {
    // Without a leader that lies no lock is ever needed.
    lies: ['equivocate', 'equivocate', 'equivocate', ...LIES],
    parameters: (d) => ({
      // Four views of a leader are the fewest that bring a decision of chained about.
      ...(d.chance(50) ? { variant: 'chained', views_per_leader: d.pick([4, 4, 5, 8]) } : { views_per_leader: d.pick([1, 1, 1, 3]) }),
      ...(d.chance(20) ? { certificates: 'aggregate' } : {}),
      ...(d.chance(40) ? { view_timeout_ms: d.pick([20, 100, 400, 3000]) } : {}),
      ...(d.chance(20) ? { timeout_growth: d.pick([1.5, 3]), timeout_growths: d.pick([2, 6, 10]) } : {}),
      ...(d.chance(15) ? { client_timeout_ms: d.pick([50, 5000]) } : {}),
    }),
  },
  'pos-algorand': {
    // Waits do not grow: they have to be longer than the network's ways from the beginning, and a period than its filter timeout. No f nodes may have
    // more stake than the bound.
    parameters: (d, nodes) => ({
      ...(nodes % 5 !== 0 && d.chance(30) ? { stakes: Array.from({ length: nodes }, () => d.between(20, 21)).join(',') } : {}),
      ...(d.chance(40) ? { lambda_ms: d.pick([300, 1000]) } : {}),
      ...(d.chance(50) ? { filter_timeout_ms: d.pick([1200, 2500]) } : {}),
      ...(d.chance(50) ? { deadline_timeout_ms: d.pick([5500, 8000]) } : {}),
      ...(d.chance(30) ? { recovery_s: d.pick([5, 20]) } : {}),
      ...(d.chance(30) ? { assembly_ms: d.pick([0, 10]) } : {}),
      ...(d.chance(15) ? { client_timeout_ms: d.pick([500, 5000]) } : {}),
    }),
  },
  'stellar-scp': {
    // Several values are nominated, and votes for ballots of each of them cross.
    brief: { percent: 80, ...SEVERAL_VALUES },
    // Flat: of organisations any f nodes are more than they bear.
    parameters: (d, nodes, { brief }) => ({
      // Rounds that end before values are nominated: several are then.
      ...(brief ? { timeout_ms: d.pick([20, 50]) } : d.chance(60) ? { timeout_ms: d.pick([50, 100, 200, 400]) } : {}),
      ...(brief || d.chance(20) ? { timeout_increment_ms: d.pick([100, brief ? 300 : 3000]) } : {}),
      ...(brief || d.chance(70) ? { own_weight: 'one' } : {}),
      ...(!brief && d.chance(15) ? { ledger_interval_ms: d.pick([10, 2000]) } : {}),
      ...(d.chance(15) ? { client_timeout_ms: d.pick([50, 5000]) } : {}),
    }),
  },
  raft: {
    brief: ELECTIONS,
    // A broadcast has to be much shorter than they are.
    parameters: (d, nodes, { network: { kind, delay_ms } }) => {
      const group_commit = d.chance(20);
      if (kind !== 'fixed' || delay_ms > 10) return { group_commit };
      const election_timeout_min_ms = d.pick([10, 15]) * delay_ms;
      return { group_commit, election_timeout_min_ms, election_timeout_max_ms: election_timeout_min_ms * d.pick([1.2, 1.5, 2]) };
    },
  },
  zab: {
    brief: ELECTIONS,
    parameters: (d, nodes) => ({
      group_commit: d.chance(20),
      observers: d.chance(20) ? d.between(0, Math.floor((nodes - 1) / 2)) : 0,
      ...(d.chance(10) ? { first_counter: 0xffffffff - d.between(1, 20) } : {}),
    }),
  },
  'federated-signing': {
    brief: { percent: 50, decisions: 10, network: (d) => ({ kind: 'fixed', delay_ms: d.pick([1, 10]) }) },
    parameters: (d, nodes, { brief }) => ({
      ...(d.chance(30) ? { quorum: d.between(Math.floor(nodes / 2) + 1, nodes) } : {}),
      ...(brief ? { retry_timeout_ms: d.pick([50, 100]) } : d.chance(20) ? { retry_timeout_ms: d.pick([50, 2000]) } : {}),
      ...(d.chance(25) ? { block_period_ms: d.pick([50, 1000]) } : {}),
      ...(d.chance(25) ? { publishes: 'block' } : {}),
      ...(d.chance(15) ? { client_timeout_ms: d.pick([50, 5000]) } : {}),
    }),
    // 2M - N - 1 (federated-consensus.md): of what stops then safety is all that is claimed.
    liars: (nodes, { quorum = Math.ceil((2 * nodes) / 3) }) => Math.max(0, 2 * quorum - nodes - 1),
  },
  ripple: {
    parameters: (d, nodes) => {
      // Two lists of one size: those that are on one of them alone are as many on each side.
      const unshared = nodes > 4 && d.chance(30) ? d.pick([2, 4]) : 0;
      const unl_overlap = (nodes - unshared) / (nodes - unshared / 2);
      return {
        ...(unshared > 0 && rippleLiars(nodes, { unl_overlap }) >= 0 ? { unl_overlap } : {}),
        ...(d.chance(20) ? { negative_unl: d.between(0, Math.floor((nodes - unshared / 2) / 4)) } : {}),
        ...(d.chance(40) ? { offsets_ms: Array.from({ length: nodes }, () => d.between(0, 999)).join(',') } : {}),
        ...(d.chance(20) ? { close_with_validated: 'no' } : {}),
        ...(d.chance(30) ? { avalanche_rounds: d.pick([1, 4]), stalled_rounds: d.pick([2, 4]) } : {}),
        ...(d.chance(15) ? { close_resolution_s: d.pick([30, 120]) } : {}),
        ...(d.chance(15) ? { client_timeout_ms: d.pick([5000, 20_000]) } : {}),
      };
    },
    liars: (nodes, parameters) => Math.max(0, Math.min(Math.floor((nodes - 1) / 5), rippleLiars(nodes, parameters))),
    // Lists that differ can halt a network without any fault (Chase and MacBrough).
    safetyAlone: ({ unl_overlap = 1 }) => unl_overlap < 1,
  },
  phases: { skip: 'it has no view changes: faults that last stop it' },
};

/**
 * Liars among those that are on both lists with which Theorem 8 of Chase and MacBrough still holds, and that a quorum of those who count can do
 * without; below 0: not even without liars.
 */
function rippleLiars(nodes, { unl_overlap = 1, negative_unl = 0 }) {
  const shared = Math.round((nodes * unl_overlap) / (2 - unl_overlap));
  const listed = (nodes + shared) / 2;
  const quorum = Math.max(Math.ceil((4 * (listed - negative_unl)) / 5), Math.ceil((3 * listed) / 5));
  const safe = Math.ceil(shared - listed / 2 - listed + quorum) - 1;
  return Math.min(unl_overlap === 1 ? Infinity : safe, listed - negative_unl - quorum);
}
/** Families whose nodes vote. */
const VOTE = new Set(['voting', 'federated']);
const hintsOf = (id) => HINTS[id] ?? {};
/** Mechanisms that are drawn. */
export const isHunted = ({ id, family }) => VOTE.has(family) && hintsOf(id).skip === undefined;

/** Suite data of one cell, and in notes of it the seed of an adversary, and that it need not be live. `workloads`: those to draw from. */
export function configurationOf(seed, workloads) {
  const d = drawsOf(seed);
  const workload = d.pick(workloads);
  const { id, faultKinds, bound, loads = [] } = workload;
  const hints = hintsOf(id);
  const nodes = Math.max(workload.nodes.min, Math.min(workload.nodes.max, hints.nodes?.(d) ?? drawNodes(d)));
  // What meets elections needs a run that is long enough for several of them.
  const brief = hints.brief !== undefined && d.chance(hints.brief.percent);
  const load = brief && hints.brief.load !== undefined ? hints.brief.load(d) : drawLoad(d, brief ? [] : loads);
  const network = brief ? hints.brief.network(d) : drawNetwork(d, hints);
  const parameters = hints.parameters?.(d, nodes, { network, brief }) ?? {};
  const f = hints.liars?.(nodes, parameters) ?? bound.faults(nodes);
  return {
    name: `hunt-${seed}`,
    seed: d.between(1, 1_000_000_000),
    replicates: 1,
    decisions: brief ? hints.brief.decisions : d.pick([3, 10, 30]),
    load,
    network,
    node: d.pick(['free', 'server', 'server']),
    transactions: { bytes: d.pick([1, 250]), per_decision: load.kind !== 'open' ? 10 : brief ? 1 : d.pick([1, 20]) },
    sweep: { nodes: [nodes], fault: drawFaults(d, { nodes, f, faultKinds, hints, brief }) },
    workloads: { [id]: parameters },
    ...(d.chance(50) ? { 'x-adversary': d.between(1, 1_000_000_000) } : {}),
    ...(hints.safetyAlone?.(parameters) === true ? { 'x-safety-alone': true } : {}),
  };
}

/** Mostly where n is just enough, or not 3f + 1. */
function drawNodes(d) {
  return d.chance(70) ? d.between(4, 7) : d.between(1, 13);
}

function drawNetwork(d, { synchronous = false }) {
  const fixed = { kind: 'fixed', delay_ms: d.pick([1, 10, 100]) };
  const normal = { kind: 'normal', mean_ms: d.pick([10, 50]), sd_ms: d.pick([5, 15]) };
  const wan = { kind: 'wan-5-regions', ...(d.chance(25) && !synchronous ? { loss: d.pick([0.02, 0.2]) } : {}) };
  return d.pick([fixed, normal, wan]);
}

function drawLoad(d, loads) {
  if (loads.includes('open') && d.chance(15))
    return { kind: 'open', rate_tps: d.pick([5, 50, 300]), warmup_s: 1, window_s: 20, batch_timeout_ms: 100 };
  if (loads.includes('closed') && d.chance(20)) return { kind: 'closed', in_flight: d.pick([2, 8]), warmup_s: 1, window_s: 20 };
  return ONE_BY_ONE;
}

/** Windows that may follow each other or overlap, and are over at the end; who lies may do so for good, and is within the bound. */
function drawFaults(d, { nodes, f, faultKinds, hints, brief }) {
  const has = (kind) => faultKinds.includes(kind) && !(hints.without ?? []).includes(kind);
  const schedule = [];
  const order = d.shuffled(Array.from({ length: nodes }, (_, node) => node));
  // The first leader lies more often than others: it can do the most harm.
  if (d.chance(50)) order.splice(0, 0, ...order.splice(order.indexOf(0), 1));
  const lies = (hints.lies ?? LIES).filter(has);
  const liars = lies.length > 0 && d.chance(60) ? d.between(0, f) : 0;
  if (liars > 0) {
    const kinds = d.chance(70) ? [d.pick(lies)] : d.shuffled(lies).slice(0, 2);
    kinds.forEach((kind, k) => {
      const its = order.slice(0, liars).filter((_, i) => i % kinds.length === k);
      if (its.length > 0) schedule.push({ kind, nodes: its, ...drawWindow(d, 40) });
    });
  }
  const others = order.slice(liars);
  // Of a synchronous mechanism whoever is down is as faulty as who lies.
  const most = hints.synchronous === true ? f - liars : others.length;
  const windows = brief ? d.between(3, 8) : most > 0 && d.chance(80) ? d.between(1, 4) : 0;
  const kinds = ['crash', 'crash', 'silent-leader', ...(hints.synchronous === true ? [] : ['partition', 'delay', 'loss'])].filter(has);
  // Once for all windows where they are faulty and not late.
  const fixed = d.shuffled(others).slice(0, Math.max(1, Math.min(most, d.chance(75) ? Math.max(1, f) : nodes)));
  for (let k = 0; k < windows && kinds.length > 0; k++) {
    const its = hints.synchronous === true ? fixed : d.shuffled(others).slice(0, brief ? d.between(1, 2) : fixed.length);
    if (its.length === 0) break;
    const kind = d.pick(kinds);
    schedule.push({
      kind,
      ...(kind === 'partition' ? drawGroups(d, others, liars === 0 ? nodes : 0, its) : { nodes: its }),
      ...(kind === 'delay' ? { delay_ms: d.pick([50, 500, 4000]) } : {}),
      ...(kind === 'loss' ? { loss: d.pick([0.2, 0.9]) } : {}),
      ...(brief ? drawBriefWindow(d) : drawWindow(d, 0)),
    });
  }
  return schedule.length === 0 ? { kind: 'crash', count: 0 } : { schedule };
}

function drawGroups(d, others, nodes, its) {
  const crossing = d.chance(40) ? { crossing: 'lose' } : {};
  if (nodes < 2 || d.chance(50)) return { nodes: its, ...crossing };
  const order = d.shuffled(others);
  const middle = d.between(1, nodes - 1);
  return { groups: [order.slice(0, middle), order.slice(middle)], ...crossing };
}

/** Within the first 30 s of virtual time; with a chance of so many per cent for good. */
function drawWindow(d, forGood) {
  const from_ms = d.chance(30) ? 0 : d.between(1, 10_000);
  const window = from_ms === 0 ? {} : { from_s: from_ms / 1000 };
  return d.chance(forGood) ? window : { ...window, until_s: (from_ms + d.between(1, 20_000)) / 1000 };
}

function drawBriefWindow(d) {
  const from_ms = d.between(1, 1500);
  return { from_s: from_ms / 1000, until_s: (from_ms + d.pick([d.between(1, 30), d.between(10, 300), d.between(300, 2000)])) / 1000 };
}
