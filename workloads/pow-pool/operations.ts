// Measured cells of pooled mining do what was counted: jobs get their Merkle roots, shares and blocks are searched for, the operator checks
// each share, and everybody the blocks.
import { blockTransactions, byHeight, checkMeasurable } from '../../harness/simulate/chain/history.ts';
import { othersOf } from '../../harness/simulate/chain/pool-rules.ts';
import type { BlockInfo, ChainHistory, JobInfo, Pool, ShareInfo } from '../../harness/simulate/chain/spec.ts';
import { EngineLimit, type Setup } from '../../harness/simulate/core/contract.ts';
import { PURPOSE, drawKey } from '../../harness/simulate/core/draws.ts';
import { compactOf, targetOfTrials } from '../../harness/simulate/core/target.ts';
import { transactionBytes } from '../../harness/simulate/core/transactions.ts';
import { branchRoot, merkleBranch } from '../../harness/model/merkle.ts';
import type { Operation } from '../../harness/model/outcome.ts';
import { MinedBlocks, rootOf } from '../parts/mining.ts';
import type { PoolParameters } from './parameters.ts';

/** A part of a draw key. */
const JOB = 3;
/** A search each, and kept as data: a gigabyte. */
const MEASURED_SHARES = 500_000;

/** The transactions of jobs: the first stands for the coinbase, and names the member that the job is for. */
class Templates {
  private readonly setup: Setup<PoolParameters>;
  private readonly made = new Map<number, { readonly transactions: Uint8Array; readonly branch: readonly Uint8Array[] }>();

  constructor(setup: Setup<PoolParameters>) {
    this.setup = setup;
  }

  private of(job: number): { readonly transactions: Uint8Array; readonly branch: readonly Uint8Array[] } {
    let template = this.made.get(job);
    if (template === undefined) {
      const { cell, kernels } = this.setup;
      const transactions = transactionBytes(this.setup, drawKey(cell.seed, { purpose: PURPOSE.blockWinner, type: JOB, sequence: job }));
      template = { transactions, branch: merkleBranch(transactions, cell.transactions.bytes, kernels.sha256) };
      this.made.set(job, template);
    }
    return template;
  }

  transactions(job: number, member: number): Uint8Array {
    const transactions = Uint8Array.from(this.of(job).transactions);
    transactions.set(this.first(job, member));
    return transactions;
  }

  private first(job: number, member: number): Uint8Array {
    const first = this.of(job).transactions.slice(0, this.setup.cell.transactions.bytes);
    for (let at = 0; at < Math.min(4, first.length); at++) first[at] = (member >>> (8 * at)) & 0xff;
    return first;
  }

  root(job: number, member: number): Uint8Array {
    return branchRoot(this.first(job, member), this.of(job).branch, this.setup.kernels.sha256);
  }

  /** The tree with the operator's first transaction, and the roots of the others. */
  operations(job: number, others: readonly number[]): Operation[] {
    const transaction_bytes = this.setup.cell.transactions.bytes;
    const transactions = this.transactions(job, OPERATOR);
    const root = rootOf(transactions, transaction_bytes, this.setup.kernels.sha256);
    const { branch } = this.of(job);
    return [
      { kind: 'merkle', transactions, transaction_bytes, root },
      ...others.map((member): Operation => ({ kind: 'branch', first: this.first(job, member), branch, root: this.root(job, member) })),
    ];
  }
}

const OPERATOR = 0;

type Event =
  | { readonly at_us: number; readonly block: BlockInfo }
  | { readonly at_us: number; readonly job: JobInfo }
  | { readonly at_us: number; readonly share: ShareInfo };

export function poolOperations(setup: Setup<PoolParameters>, history: ChainHistory, pool: Pool): Operation[][] {
  checkMeasurable(history.totals);
  const { measured_hashes_per_block: trials, share_difficulty_ratio } = setup.parameters;
  const { shares, jobs } = history.pool!;
  if (shares.length > MEASURED_SHARES)
    throw new EngineLimit(
      `a measured cell takes at most ${MEASURED_SHARES} shares and this one has ${shares.length}: ask for fewer decisions, or for a larger share_difficulty_ratio`,
    );
  const mined = new MinedBlocks(setup, history, trials);
  const share_bits = compactOf(targetOfTrials(Math.max(1, Math.floor(trials * share_difficulty_ratio))));
  const templates = new Templates(setup);
  const others = othersOf(pool);
  const sharesOf = new Map(shares.filter(({ block }) => block !== 0).map((share) => [share.block, share]));
  const ofBlock = (block: BlockInfo): Operation[] => {
    const share = sharesOf.get(block.number);
    const transactions = share === undefined ? blockTransactions(setup, block.number) : templates.transactions(share.job, share.member);
    return mined.operations(block, transactions);
  };
  // A share that is a block is mined as that; the operator checks it as a share.
  const ofShare = (share: ShareInfo): Operation[] => {
    const number = share.block === 0 ? -share.number : share.block;
    const root = templates.root(share.job, share.member);
    const search = { ...mined.search(number, share.tip, { found_us: share.found_us, root }), share_bits };
    return [...(share.block === 0 ? [search] : []), { kind: 'header', block: number }];
  };
  const events: Event[] = [
    ...jobs.map((job): Event => ({ at_us: job.at_us, job })),
    ...history.blocks.slice(1).map((block): Event => ({ at_us: block.found_us, block })),
    ...shares.map((share): Event => ({ at_us: share.found_us, share })),
  ];
  // Sorting keeps the order of what is in one microsecond: blocks before what is found on them.
  events.sort((x, y) => x.at_us - y.at_us);
  return byHeight(history, events, ({ at_us }) => at_us).map((list) =>
    list.flatMap((event) =>
      'block' in event ? ofBlock(event.block) : 'share' in event ? ofShare(event.share) : templates.operations(event.job.number, others),
    ),
  );
}
