// Byzantine nodes that say anything that they could sign: their own messages and those that they hear, with other digests, views, sequence
// numbers and types, to all or to some. What they cannot do is sign for others: what carries another signer is as it was.
import { drawsOf } from './draw.mjs';

/** Messages of each type that are remembered, to be said again in other words. */
const REMEMBERED = 16;

/** Kinds whose nodes do what this says; equivocators have a plan of their own. */
const FILTERED = new Set(['wrong-vote', 'bad-signature', 'replay']);

const isPlain = (value) =>
  Array.isArray(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** Places of numbers in plain data, as paths. */
function* placesOf(value, path = []) {
  for (const [key, part] of Object.entries(value))
    if (typeof part === 'number') yield [...path, key];
    else if (isPlain(part)) yield* placesOf(part, [...path, key]);
}
/** A copy with another number at one place. */
function replaced(value, [key, ...rest], change) {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[key] = rest.length === 0 ? change(value[key]) : replaced(value[key], rest, change);
  return copy;
}

const altered = (message, fields) => Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields);

export function adversaryOf(seed) {
  const d = drawsOf(seed);
  /** By type, so that a proposal is said again as often as one of many votes. */
  const heard = new Map();
  /** Types by the class of their messages: a type means nothing with the fields of another. */
  const types = new Map();
  const digests = new Set();

  const hears = (message) => {
    if (typeof message.signer !== 'number' || typeof message.digest !== 'number') return;
    const known = types.get(message.constructor) ?? new Set();
    types.set(message.constructor, known.add(message.type));
    // A batch can be named by its two orders.
    if (message.names === 'batch' && message.digest > 1 && digests.size < 1000) digests.add(message.digest & ~1).add(message.digest | 1);
    const same = heard.get(message.type) ?? [];
    heard.set(message.type, same);
    if (same.length < REMEMBERED) same.push(message);
    else if (d.chance(10)) same[d.below(REMEMBERED)] = message;
  };

  /** Something else that the node could have said. */
  const change = (message, node) => {
    const fields = { signer: node };
    const what = d.below(6);
    if (what === 0 && digests.has(message.digest)) fields.digest = message.digest ^ 1;
    else if (what === 1 && digests.has(message.digest)) fields.digest = d.pick([...digests]);
    else if (what === 2) fields.view = Math.max(0, message.view + d.pick([-1, 1, 1, 2]));
    else if (what === 3) fields.sequence = Math.max(1, message.sequence + d.pick([-1, 1, 2, 500]));
    else if (what === 4) {
      // What it carries as plain data, like lists of digests or counters.
      const bodies = Object.entries(message).filter(([, body]) => isPlain(body));
      const [name, body] = bodies.length === 0 ? [] : d.pick(bodies);
      const places = name === undefined ? [] : [...placesOf(body)];
      const other = (number) =>
        digests.has(number) && d.chance(60) ? d.pick([number ^ 1, d.pick([...digests])]) : Math.max(0, number + d.pick([-1, 1, 1, 5]));
      if (places.length > 0) fields[name] = replaced(body, d.pick(places), other);
    } else fields.type = d.pick([...(types.get(message.constructor) ?? [message.type])]);
    const said = altered(message, fields);
    // What names a batch that nobody has made has no content.
    return said.names === 'batch' && said.digest !== 0 && !digests.has(said.digest) ? altered(message, { signer: node }) : said;
  };

  const filterOf = (node, entry) => {
    if (!FILTERED.has(entry.kind)) return null;
    return (actions, { nodes }) =>
      actions.flatMap((action) => {
        if (action.kind !== 'send' && action.kind !== 'multicast') return [action];
        const { message } = action;
        if (typeof message.digest !== 'number' || message.signer !== node) return [action];
        const out = [];
        if (!d.chance(15)) out.push(d.chance(75) ? action : { ...action, message: change(message, node) });
        if (d.chance(25)) out.push({ ...action, message: change(message, node) });
        if (d.chance(15) && heard.size > 0) {
          const again = d.pick(d.pick([...heard.values()]));
          out.push({ kind: 'multicast', message: change(again, node), role: null });
        }
        if (out.length === 0 || action.kind !== 'multicast' || d.chance(70)) return out;
        // Each to some of the nodes.
        return out.flatMap((one) =>
          Array.from({ length: nodes }, (_, to) => to)
            .filter((to) => to !== node && d.chance(50))
            .map((to) => ({ kind: 'send', to, message: one.message, connections: 0 })),
        );
      });
  };
  return { hears, filterOf };
}
