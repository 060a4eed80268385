// The chain rules message by message: the readable twin of engine.ts. Every node keeps what it has accepted, asks for what
// is announced, and chooses its tip; the lottery comes from outside. docs/chains.md states the rules.
import { GENESIS, type Block, type Participant } from './messages-lotteries.ts';
import { finalHeight } from './messages-vote-relay.ts';
import { chainOutcome } from './outcome.ts';
import { PROPAGATION_SHARES, holdersOf, hopNetwork } from './rules.ts';
import { countedOf } from './share-log.ts';
import { blockTree } from './tree.ts';
import { runMessages } from '../messages/engine.ts';
import type { ChainRun, ChainSpec, Propagation } from './spec.ts';
import type { FaultEntry } from '../core/faults.ts';
import type { Setup } from '../core/contract.ts';
import type { Outcome } from '../../model/outcome.ts';
import { CLIENT, ChainProtocol } from './messages-protocol.ts';

/** Runs the cell message by message, under a closed load. */
export function runChainMessages(setup: Setup, spec: ChainSpec): Outcome {
  const network = hopNetwork(setup.network);
  const { participants, lottery } = spec;
  const protocol = new ChainProtocol(setup, spec);
  const run = runMessages(protocol, { ...setup, network, faults: { ...setup.faults, entries: spec.faults.map(asLinks) } });
  const nodes = run.states.slice(0, participants);
  const client = nodes[CLIENT];
  const { end, late, relay: votes, publisherOf } = protocol;
  const pool = protocol.pool?.run;

  const main: Block[] = [];
  for (let block: Block | null = client.tip; block !== null; block = block.parent) main[block.height] = block;
  const numbers = main.map(({ number }) => number);
  const found = nodes.flatMap((node) => node.found).sort((x, y) => x.number - y.number);
  const isCounted = (block: Block): boolean => !late.has(block.number);
  const stop_us = end.counted ? end.stop_us : 0;
  const cast = votes?.cast.filter(({ cast_us }) => end.counts(cast_us)) ?? [];
  const counted = found.filter((block) => end.counts(block.found_us)).length;
  /** By block: others that received it, of what is counted. */
  const receivers: number[] = [0];
  for (const block of found) {
    const others = nodes.filter((node) => publisherOf(block) !== node.id && node.accepted.has(block.number));
    receivers[block.number] = isCounted(block) ? others.length : 0;
    protocol.stages.received(block.number, receivers[block.number]);
  }
  const totals = {
    participants,
    holders: holdersOf(spec),
    stop_us,
    slots: lottery.kind === 'slots' ? Math.floor(stop_us / lottery.slot_us) : 0,
    found: counted,
    complete: spec.stages === undefined ? counted : protocol.stages.complete,
    staged: protocol.stages.counts,
    receptions: receivers.reduce((sum, count) => sum + count, 0),
    votes: cast.length,
    voteReceptions: cast.reduce((sum, vote) => sum + votes!.receivers(vote, nodes), 0),
    voteWeight: cast.reduce((sum, { weight }) => sum + weight, 0),
    voteWeightReceptions: cast.reduce((sum, vote) => sum + vote.weight * votes!.receivers(vote, nodes), 0),
  };
  const chain: ChainRun = {
    stopped: run.stopped,
    totals,
    messages: run.messages + protocol.stages.messages + (protocol.relays?.messages ?? 0),
    bytes: run.bytes + protocol.stages.bytes + (protocol.relays?.bytes ?? 0),
    stopHeight: end.height,
    found: found.length,
    blocks: protocol.view,
    accepted_us: main.map((block) => client.accepted.get(block.number)!.at_us),
    main: numbers,
    miners: main.map((block) => block.miner),
    ...(votes === null ? {} : { final_us: client.client.final_us.slice(0, finalHeight(client) + 1) }),
    propagation_us: run.stopped === 'done' ? propagation(found, nodes, spec, publisherOf) : null,
    orphanArrivals: protocol.orphanArrivals,
    ...(protocol.attesting === null ? {} : { attested: protocol.attesting.ending }),
    races: protocol.races,
    attacks: end.attacks,
    finalRemoved: client.client.finalRemoved,
    reversals: client.client.reversals,
    events: run.events,
    ...(pool === undefined ? {} : { pool }),
    ...(setup.collect
      ? {
          history: {
            totals,
            main: numbers,
            ...(pool === undefined ? {} : { pool: countedOf(pool) }),
            votes: (votes?.cast ?? [])
              .map((vote) => ({
                block: vote.block.number,
                round: vote.round,
                voter: vote.voter,
                cast_us: vote.cast_us,
                receivers: votes!.receivers(vote, nodes),
              }))
              .sort((x, y) => x.round - y.round || x.voter - y.voter),
            blocks: [GENESIS, ...found].map((block) => ({
              number: block.number,
              parent: block.parent?.number ?? 0,
              height: block.height,
              miner: Math.max(0, block.miner),
              publisher: publisherOf(block) < 0 ? null : publisherOf(block),
              found_us: block.found_us,
              receivers: receivers[block.number],
            })),
          },
        }
      : {}),
  };
  setup.tree?.(
    blockTree(
      nodes.map(({ id }) => setup.cell.names?.[id] ?? protocol.nameOf(id)),
      chain,
      (block, participant) => nodes[participant].accepted.get(block)?.at_us ?? Infinity,
    ),
  );
  return chainOutcome(setup, spec, chain);
}

/** Medians, over honest blocks, of the times at which participants with each of PROPAGATION_SHARES had accepted one. */
function propagation(
  found: readonly Block[],
  nodes: readonly Participant[],
  { shares, adversary }: ChainSpec,
  publisherOf: (block: Block) => number,
): Propagation | null {
  const blocks = found.filter((block) => block.miner !== adversary && nodes[publisherOf(block)]?.accepted.has(block.number));
  if (blocks.length === 0) return null;
  const times = blocks.map((block) => {
    const reached = nodes.filter((node) => node.accepted.has(block.number));
    const acceptances = reached.map((node) => ({ at_us: node.accepted.get(block.number)!.at_us, share: shares[node.id] }));
    // Of a block that some never get, the part of those who do.
    const all = reached.length === nodes.length ? 1 : reached.reduce((sum, node) => sum + shares[node.id], 0);
    acceptances.sort((x, y) => x.at_us - y.at_us);
    return PROPAGATION_SHARES.map((limit) => {
      let holding = 0;
      return (
        acceptances.find(({ share }) => (holding += share) >= limit * all)!.at_us -
        nodes[publisherOf(block)].accepted.get(block.number)!.at_us
      );
    });
  });
  const [p50, p90, p99] = PROPAGATION_SHARES.map((_, i) => {
    const ascending = times.map((one) => one[i]).sort((x, y) => x - y);
    return ascending[Math.ceil(ascending.length / 2) - 1];
  }) as [number, number, number];
  return { p50, p90, p99 };
}

/** An eclipse as the message engine knows it: each of its nodes is alone, and what crosses is lost. */
function asLinks(entry: FaultEntry): FaultEntry {
  if (entry.kind !== 'eclipse') return entry;
  return {
    ...entry,
    kind: 'partition',
    holds: false,
    group: Int32Array.from(entry.faulty, (faulty, node) => (faulty === 1 ? node + 1 : 0)),
  };
}
