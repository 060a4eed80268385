// The rules of OM(m) without clock and network: every lieutenant's own code, round after round, and traitors who say to each other general
// whatever they like on every path.
import { RETREAT, TYPE, type Headquarters } from '../../../workloads/parts/generals.ts';
import { OralLieutenant, oralMessage, type OralMessage, type OralRules } from '../../../workloads/generals-oral/lieutenant.ts';
import { extended } from '../../../workloads/generals-oral/paths.ts';
import { OperationLog } from '../../../harness/simulate/core/operations.ts';

export const ATTACK = 2;
const ORDER_BYTES = 100;

export interface Field {
  readonly nodes: number;
  readonly m: number;
  readonly order: number;
  /** 1 where a general is a traitor; general 0 commands. */
  readonly traitors: readonly number[];
  /** What a traitor says to a receiver of the value that has passed a path, itself the last. */
  tell(path: readonly number[], to: number): number;
}

const headquarters: Headquarters = { log: new OperationLog(null), hash: () => {}, accept: () => {}, works: () => {} };

/** What each lieutenant decides, by its number; that of the commander is its own order. */
export function decisions({ nodes, m, order, traitors, tell }: Field): number[] {
  const rules: OralRules = { nodes, m, message_bytes: () => 0, relaysOrder: false };
  const generals = Array.from({ length: nodes }, (_, general) => general);
  const lieutenants = generals.map((general) => new OralLieutenant(general, { round: 1, commander: 0 }, rules, ORDER_BYTES));
  const deliver = (message: OralMessage, to: number): void => {
    if (!message.path.includes(to) && message.digest !== RETREAT) lieutenants[to]!.hear(message);
  };
  /** Of general `last` on a path: what it says on every path that it is not in. */
  const treason = (path: readonly number[], number: number, length: number, last: number): void => {
    if (path.length === length) {
      const whole = [...path, last];
      for (const to of generals) {
        const said = { path: whole, number: extended(path, number, last, nodes), before: number, order_bytes: ORDER_BYTES };
        deliver(oralMessage(rules, 1, { ...said, digest: tell(whole, to) }), to);
      }
      return;
    }
    for (const general of generals)
      if (!path.includes(general) && general !== last) treason([...path, general], extended(path, number, general, nodes), length, last);
  };
  for (const to of generals.slice(1)) {
    const digest = traitors[0] === 1 ? tell([0], to) : order;
    deliver(oralMessage(rules, 1, { path: [0], number: 0, before: 0, digest, order_bytes: ORDER_BYTES }), to);
  }
  for (let round = 1; round <= m; round++) {
    const said = lieutenants.map((lieutenant, general) =>
      general > 0 && traitors[general] === 0 ? lieutenant.endOf(round, headquarters) : [],
    );
    for (const message of said.flat()) {
      if (message.type !== TYPE.relay) throw new Error('a lieutenant gives no orders');
      for (const to of generals) deliver(message, to);
    }
    for (const general of generals.slice(1)) if (traitors[general] === 1) treason([0], 0, round, general);
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
