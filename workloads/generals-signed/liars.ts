// What traitors say instead of what a loyal general would. They share their keys: each signs for all of them, and for nobody else (A4).
import type { FaultEntry } from '../../harness/simulate/core/faults.ts';
import type { OperationLog } from '../../harness/simulate/core/operations.ts';
import { altered, changing, forging, forking, halvesOf, replaying, type OutboxFilter } from '../../harness/simulate/messages/byzantine.ts';
import type { Action } from '../../harness/simulate/messages/outbox.ts';
import type { GeneralsRules } from '../parts/generals-rules.ts';
import { Reply, otherDigest, type SignedMessage } from '../parts/messages.ts';
import { TYPE } from '../parts/generals.ts';
import { SignedOrder, signedOrder } from './lieutenant.ts';

interface Court {
  readonly rules: GeneralsRules;
  readonly log: OperationLog;
}

/** Filters of one run; those of an entry are in league. */
export function liarsOf(court: Court): (entry: FaultEntry) => OutboxFilter<SignedMessage> | null {
  const leagues = new Map<FaultEntry, League>();
  return (entry) => {
    switch (entry.kind) {
      case 'bad-signature':
        return forging();
      case 'replay':
        return replaying((message) => message instanceof SignedOrder);
      case 'wrong-vote':
        return changing((message) => opposite(message, court, entry.faulty));
      case 'equivocate': {
        const league = leagues.get(entry) ?? new League(court, entry);
        leagues.set(entry, league);
        return league.filter;
      }
      default:
        return null;
    }
  };
}

/** The order under other signatures: those of traitors are good, others are forged with a key of the liar's. */
function restated(message: SignedOrder, digest: number, { rules, log }: Court, faulty: Uint8Array): SignedOrder {
  const { previous, signer, sequence: round } = message;
  const before = previous === null ? null : restated(previous, digest, { rules, log }, faulty);
  const said = signedOrder(rules, { round, signer, digest, previous: before, valid: faulty[signer] === 1 });
  log.sign(said);
  return said;
}

/** Relays the other order, which the commander has not signed, and tells the client that it has obeyed that. */
function opposite(message: SignedMessage, court: Court, faulty: Uint8Array): SignedMessage {
  if (message instanceof SignedOrder && message.type === TYPE.relay) return restated(message, otherDigest(message.digest), court, faulty);
  if (!(message instanceof Reply)) return message;
  const result = otherDigest(message.result);
  return altered<Reply>(message, { result, digest: result });
}

/** An order that traitors keep back. */
interface Kept {
  readonly at_us: number;
  readonly shows: number;
  readonly message: SignedOrder;
}

/**
 * Equivocators. A commander among them signs a second order and has as many others sign it as can in m + 1 rounds. The last of them shows it to
 * one half of the loyal in the latest round in which that is heard: beyond m of them that is the last one, after which nobody can pass it on. A
 * traitor that is alone tells each half one of its two orders.
 */
class League {
  readonly #court: Court;
  readonly #traitors: readonly number[];
  readonly #faulty: Uint8Array;
  readonly #halfOf: (node: number) => 0 | 1;
  readonly #kept: Kept[] = [];
  readonly #alone: OutboxFilter<SignedMessage>;

  constructor(court: Court, { faulty }: FaultEntry) {
    this.#court = court;
    this.#faulty = faulty;
    this.#traitors = [...faulty.keys()].filter((general) => faulty[general] === 1);
    this.#halfOf = halvesOf(faulty);
    this.#alone = forking((message, half) => (isCommand(message) && half === 1 ? this.#second(message) : message), this.#halfOf);
  }

  #second(message: SignedOrder): SignedOrder {
    return restated(message, otherDigest(message.digest), this.#court, this.#faulty);
  }

  readonly filter: OutboxFilter<SignedMessage> = (actions, step) => {
    const { rules } = this.#court;
    const signers = Math.min(this.#traitors.length, rules.m + 1);
    if (signers === 1) return this.#alone(actions, step);
    for (const action of actions)
      if (action.kind === 'multicast' && isCommand(action.message)) this.#keep(action.message, step.participant, signers);
    const shown = this.#kept.filter(({ shows, at_us }) => shows === step.participant && at_us <= step.now_us);
    for (const one of shown) this.#kept.splice(this.#kept.indexOf(one), 1);
    return [...actions, ...shown.flatMap(({ message }) => this.#show(message, step.nodes))];
  };

  #keep(message: SignedOrder, commander: number, signers: number): void {
    const { rules, log } = this.#court;
    let second = this.#second(message);
    const round = message.sequence;
    const others = this.#traitors.filter((general) => general !== commander).slice(0, signers - 1);
    for (const signer of others) {
      second = signedOrder(rules, { round, signer, digest: second.digest, previous: second });
      log.sign(second);
    }
    this.#kept.push({ at_us: (round + signers - 1) * rules.round_us, shows: second.signer, message: second });
  }

  #show(message: SignedOrder, nodes: number): Action<SignedMessage>[] {
    const half = Array.from({ length: nodes }, (_, to) => to).filter((to) => this.#halfOf(to) === 1);
    return half.map((to) => ({ kind: 'send', to, message, connections: 0 }));
  }
}

const isCommand = (message: SignedMessage): message is SignedOrder => message instanceof SignedOrder && message.type === TYPE.order;
