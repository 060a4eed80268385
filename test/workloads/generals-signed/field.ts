// The rules of SM(m) without clock and network: every lieutenant's own code, round after round, and traitors who show whatever they can sign
// to whomever they like: chains of signatures of their own alone, and those that have come to one of them, with theirs put to it.
import { RETREAT, type Headquarters } from '../../../workloads/parts/generals.ts';
import { SignedLieutenant, signedOrder, type SignedOrder, type SignedRules } from '../../../workloads/generals-signed/lieutenant.ts';
import { OperationLog } from '../../../harness/simulate/core/operations.ts';
import { FREE } from '../../cells.ts';

export const ATTACK = 2;
export const LATER = 3;

export interface Field {
  readonly nodes: number;
  readonly m: number;
  readonly order: number;
  /** 1 where a general is a traitor; general 0 commands. */
  readonly traitors: readonly number[];
  /** Of what a traitor could show: does it show this to that general in this round? */
  shows(message: SignedOrder, to: number, round: number): boolean;
}

/** What each lieutenant decides, by its number; that of the commander is its own order. */
export function decisions({ nodes, m, order, traitors, shows }: Field): number[] {
  const rules: SignedRules = { m, node: FREE, message_bytes: () => 0 };
  const headquarters: Headquarters = { log: new OperationLog(null), hash: () => {}, accept: () => {}, works: () => {} };
  const generals = Array.from({ length: nodes }, (_, general) => general);
  const lieutenants = generals.map((general) => new SignedLieutenant(general, { round: 1, commander: 0 }, rules));
  /** What has come to a traitor: all of them have it. */
  const caught: SignedOrder[] = [];
  const signed = (signer: number, digest: number, previous: SignedOrder | null): SignedOrder =>
    signedOrder(rules, { round: 1, signer, digest, previous });
  const send = (message: SignedOrder, to: number): void => {
    if (message.path.includes(to) || message.path.length > m + 1) return;
    if (traitors[to] === 1) caught.push(message);
    else lieutenants[to]!.hear(message);
  };
  /** What traitors can show with so many signatures, the last of them their own. */
  const treason = (length: number): SignedOrder[] => {
    const found: SignedOrder[] = [];
    const grow = (message: SignedOrder): void => {
      if (message.path.length === length) found.push(message);
      else extend(message);
    };
    const extend = (message: SignedOrder): void => {
      for (const general of generals)
        if (traitors[general] === 1 && !message.path.includes(general)) grow(signed(general, message.digest, message));
    };
    if (traitors[0] === 1) for (const digest of [ATTACK, LATER]) grow(signed(0, digest, null));
    for (const message of caught) if (message.path.length < length) extend(message);
    return found;
  };
  const rounds = m + 1;
  let loyal: SignedOrder[] = traitors[0] === 0 && order !== RETREAT ? [signed(0, order, null)] : [];
  for (let round = 1; round <= rounds; round++) {
    for (const message of treason(round))
      for (const to of generals.slice(1)) if (traitors[to] === 0 && shows(message, to, round)) send(message, to);
    for (const message of loyal) for (const to of generals) send(message, to);
    loyal = generals.slice(1).flatMap((general) => (traitors[general] === 0 ? lieutenants[general]!.endOf(round, headquarters) : []));
  }
  return lieutenants.map((lieutenant, general) => (general === 0 ? order : lieutenant.choice()));
}

/** IC1: all loyal lieutenants obey the same order. IC2: if the commander is loyal, they obey the one that it sends. */
export function isBroken(field: Field): boolean {
  const decided = decisions(field);
  const loyal = decided.filter((_, general) => general > 0 && field.traitors[general] === 0);
  const wanted = field.traitors[0] === 0 ? field.order : loyal[0];
  return loyal.some((value) => value !== wanted);
}
