// Planted bugs: each one a change of a source, as one of the well-known errors in implementations of its mechanism. The hunt proves that it
// would find them.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/**
 * `find` stands once in `file` and becomes `replace`. `workload`: what is drawn (several: a list).
 * @type {readonly { readonly name: string, readonly workload: string, readonly says: string, readonly file: string, readonly find: string, readonly replace: string }[]}
 */
export const MUTANTS = [
  {
    name: 'pbft-quorum-2f+1',
    workload: 'pbft',
    says: 'quorums of 2f + 1 where n is not 3f + 1',
    file: 'harness/simulate/core/quorum.ts',
    find: 'const quorum = Math.ceil((nodes + f + 1) / 2);',
    replace: 'return 2 * f + 1; const quorum = Math.ceil((nodes + f + 1) / 2);',
  },
  {
    name: 'votes-not-senders',
    workload: 'pbft',
    says: 'votes are counted by messages, not by distinct senders',
    file: 'harness/simulate/core/votes.ts',
    find: 'if (this.#voted.has(signer)) {',
    replace: 'if (false) {',
  },
  {
    name: 'pbft-primary-unbound',
    workload: 'pbft',
    says: 'a PRE-PREPARE is accepted from anybody in any view',
    file: 'workloads/pbft/replica.ts',
    find: 'if (message.view !== this.view || from !== this.primaryOf(this.view) || message.signer !== from || !this.inWindow(message.sequence))',
    replace: 'if (message.signer !== from || !this.inWindow(message.sequence))',
  },
  {
    name: 'pbft-no-watermark',
    workload: 'pbft',
    says: 'sequence numbers above the high watermark are accepted',
    file: 'workloads/pbft/state.ts',
    find: 'return sequence > this.stable && sequence <= this.stable + this.rules.window;',
    replace: 'return sequence > this.stable;',
  },
  {
    name: 'oral-flat',
    workload: 'generals-oral',
    says: 'OM(m) as one round of votes, whatever m is',
    file: 'workloads/generals-oral/lieutenant.ts',
    find: 'if (length === m + 1) return own;',
    replace: 'if (length === m + 1 || length === 2) return own;',
  },
  {
    name: 'oral-own-value-twice',
    workload: 'generals-oral',
    says: 'a lieutenant counts what it was told itself twice',
    file: 'workloads/generals-oral/lieutenant.ts',
    find: 'values[count++] = own;',
    replace: 'values[count++] = own; if (length === 1) values[count++] = own;',
  },
  {
    name: 'oral-tie',
    workload: 'generals-oral',
    says: 'at a tie the first value is taken',
    file: 'workloads/generals-oral/lieutenant.ts',
    find: 'return 2 * votes > count ? candidate : RETREAT;',
    replace: 'return 2 * votes >= count ? candidate : RETREAT;',
  },
  {
    name: 'oral-comes-back-amid-an-order',
    workload: 'generals-oral',
    says: 'who was down decides on an order whose beginning it has missed',
    file: 'workloads/parts/generals.ts',
    find: 'this.#since = this.#round + 1;',
    replace: 'this.#since = this.#round - 1;',
  },
  {
    name: 'signed-unchecked',
    workload: 'generals-signed',
    says: 'chains of signatures are taken unchecked',
    file: 'workloads/generals-signed/lieutenant.ts',
    find: 'return headquarters.log.verify(signatures).length === signatures.length;',
    replace: 'return true;',
  },
  {
    name: 'signed-first-order',
    workload: 'generals-signed',
    says: 'of two orders the first one is obeyed',
    file: 'workloads/generals-signed/lieutenant.ts',
    find: 'return this.#orders.length === 1 ? this.#orders[0] : RETREAT;',
    replace: 'return this.#orders.length >= 1 ? this.#orders[0] : RETREAT;',
  },
  {
    name: 'signed-second-order-kept',
    workload: 'generals-signed',
    says: 'a second order is not passed on',
    file: 'workloads/generals-signed/lieutenant.ts',
    find: 'if (round > m) continue;',
    replace: 'if (round > m || this.#orders.length > 1) continue;',
  },
  {
    name: 'tendermint-unlocks-on-any-proposal',
    workload: 'tendermint',
    says: 'a locked validator PREVOTEs for any newer proposal',
    file: 'workloads/tendermint/algorithm.ts',
    find: 'const said = locked === null || locked.digest === digest || (validRound >= 0 && locked.round <= validRound) ? digest : NIL;',
    replace: 'const said = locked === null || digest !== NIL ? digest : NIL;',
  },
  {
    name: 'tendermint-two-thirds-rounded-down',
    workload: 'tendermint',
    says: 'a quorum has two thirds, rounded down',
    file: 'harness/simulate/core/quorum.ts',
    find: 'const quorum = Math.floor((2 * votes) / 3) + 1;',
    replace: 'return Math.floor((2 * votes) / 3); const quorum = Math.floor((2 * votes) / 3) + 1;',
  },
  {
    name: 'hotstuff-without-the-lock',
    workload: 'hotstuff',
    says: 'replicas vote for blocks that conflict with the one that they are locked on',
    file: 'workloads/hotstuff/replica.ts',
    find: 'return block.extends(this.locked) || justify.view > this.locked.view;',
    replace: 'return true;',
  },
  {
    name: 'algorand-half-a-soft-committee',
    workload: 'pos-algorand',
    says: 'soft votes of half a committee stage a block',
    file: 'workloads/pos-algorand/committees.ts',
    find: '[STEP.soft, { size: 2990, threshold: 2267 }],',
    replace: '[STEP.soft, { size: 2990, threshold: 1200 }],',
  },
  {
    name: 'scp-value-ignored',
    workload: 'stellar-scp',
    says: 'who prepares a ballot is taken to prepare those of other values',
    file: 'workloads/stellar-scp/statements.ts',
    find: 'higher !== null && higher.value === lower.value && higher.counter >= lower.counter;',
    replace: 'higher !== null && higher.counter >= lower.counter;',
  },
  {
    name: 'scp-h-ignored',
    workload: 'stellar-scp',
    says: 'a new ballot does not take the value that is confirmed as prepared',
    file: 'workloads/stellar-scp/node.ts',
    find: 'ballots.confirmedPrepared?.value ?? this.composite(slot)',
    replace: 'this.composite(slot)',
  },
  {
    name: 'scp-value-kept',
    workload: 'stellar-scp',
    says: 'a new ballot has the value of the old one, whatever was nominated or prepared',
    file: 'workloads/stellar-scp/node.ts',
    find: "ballots.phase === 'prepare' ? found : ballot.value",
    replace: 'ballot.value',
  },
  {
    name: 'scp-blocking-f',
    workload: 'stellar-scp',
    says: 'n - k nodes are taken for blocking, of which none need be correct',
    file: 'workloads/parts/quorum-systems.ts',
    find: 'return this.#system.total - this.#weight < this.#system.quorum;',
    replace: 'return this.#system.total - this.#weight <= this.#system.quorum;',
  },
  {
    name: 'scp-quorum-less-one',
    workload: 'stellar-scp',
    says: 'a quorum is one short',
    file: 'workloads/stellar-scp/slices.ts',
    find: 'entries - byzantineBound(entries);',
    replace: 'Math.max(1, entries - byzantineBound(entries) - 1);',
  },
  {
    name: 'raft-any-log-wins',
    workload: 'raft',
    says: 'votes go to candidates whatever they have in their logs (section 5.4.1)',
    file: 'workloads/raft/node.ts',
    find: 'const granted = isUpToDate &&',
    replace: 'const granted =',
  },
  {
    name: 'raft-answers-before-its-disk',
    workload: 'raft',
    says: 'an entry is acknowledged before it is written',
    file: 'workloads/raft/node.ts',
    find: 'this.#save(fresh_bytes, from, null, cost_ns, out);',
    replace: 'out.send(from, new Appended(this, end, true)); this.#save(fresh_bytes, this.id, null, cost_ns, out);',
  },
  {
    name: 'raft-counts-old-terms',
    workload: 'raft',
    says: 'entries of terms before are decided by counting (section 5.4.2, Figure 8)',
    file: 'workloads/raft/node.ts',
    find: 'if (held > log.committed && log.termAt(held) === this.term) {',
    replace: 'if (held > log.committed) {',
  },
  {
    name: 'raft-no-consistency-check',
    workload: 'raft',
    says: 'entries are taken whatever is before them (section 5.3)',
    file: 'workloads/raft/node.ts',
    find: 'if (log.termAt(before) !== message.beforeTerm) {',
    replace: 'if (before > log.last) {',
  },
  {
    name: 'raft-votes-twice',
    workload: 'raft',
    says: 'a server votes for whoever asks, though it has voted in the term',
    file: 'workloads/raft/node.ts',
    find: "this.role === 'follower' && (this.votedFor === NOBODY || this.votedFor === from);",
    replace: "this.role === 'follower';",
  },
  {
    name: 'zab-forgets',
    workload: 'zab',
    says: 'a node that comes back has forgotten its history',
    file: 'workloads/zab/node.ts',
    find: 'this.log.recover(last.history, last.end);',
    replace: '',
  },
  {
    name: 'zab-acknowledges-before-its-disk',
    workload: 'zab',
    says: 'a transaction is acknowledged before it is written',
    file: 'workloads/zab/broadcast.ts',
    find: 'this.log.follow(history, before, end);\n    const { batch }',
    replace:
      'this.log.follow(history, before, end);\n    out.send(this.leader, new Short(TYPE.ack, this.accepted, end, this.id));\n    const { batch }',
  },
  {
    name: 'ripple-half-is-enough',
    workload: 'ripple',
    says: 'a transaction is voted for with just as many votes as it must exceed',
    file: 'workloads/ripple/avalanche.ts',
    find: 'this.weight > needed_percent',
    replace: 'this.weight >= needed_percent',
  },
  {
    name: 'federated-signs-twice',
    workload: 'federated-signing',
    says: 'a signer signs a second block at a height',
    file: 'workloads/federated-signing/signer.ts',
    find: 'if (this.signed !== null && sequence <= this.signed.sequence) return false;',
    replace: '',
  },
  {
    name: 'federated-forgets-what-it-signed',
    workload: 'federated-signing',
    says: 'a signer that comes back has forgotten the height that it has signed last',
    file: 'workloads/federated-signing/signer.ts',
    find: "      if (kind === 'signed') this.signed = message;\n",
    replace: '',
  },
];

/** A build with the bug in it, in a folder of its own below `root`, which is returned. */
export function plant({ name, file, find, replace }, root) {
  const folder = path.join(root, 'build', 'mutants', name);
  mkdirSync(folder, { recursive: true });
  cpSync(path.join(root, 'dist'), folder, { recursive: true });
  const source = readFileSync(path.join(root, file), 'utf8');
  if (source.split(find).length !== 2) throw new Error(`mutant ${name}: ${file} has not exactly one «${find}»`);
  const { outputText } = ts.transpileModule(
    source.replace(find, () => replace),
    {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    },
  );
  writeFileSync(path.join(folder, file.replace(/\.ts$/, '.js')), outputText);
  return folder;
}
