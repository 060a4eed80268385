// What is demanded of one configuration: safety and durability whatever happens, the mechanism's invariants, the same outcome on waves where
// they take the cell, transactions that add up; and when all has healed, under the default load, liveness.
import { isDeepStrictEqual } from 'node:util';
import { adversaryOf } from './adversary.mjs';

/** Events after which a configuration is given up as too long: it shows nothing. */
const EVENT_BUDGET = 300_000;

/** What stands in a record, in one order. */
function semantic({ counts, ...rest }) {
  const outcome = { ...rest, events: null };
  const batches = [...(counts.batches ?? [])].sort(([x], [y]) => x - y);
  return outcome.state === 'stalled' ? outcome : { ...outcome, counts: { ...counts, batches } };
}

/**
 * Runs the cell. `tool`: the modules of a build; `adversary`: the seed of one, null: faulty nodes do what their faults say; `safetyAlone`: it need not be live. Returns what is wrong ('' where nothing is) and whether the run came to an end.
 */
export function judge(tool, { cell, workload, adversary, safetyAlone }, trace) {
  const { setupOf, NeedsMessages, EngineLimit, kernels, isDefaultLoad } = tool;
  const found = [];
  const setup = {
    ...setupOf(cell, workload, { kernels }),
    eventBudget: EVENT_BUDGET,
    audit: (finding) => found.push(finding),
    ...(adversary === null ? {} : { adversary: () => adversaryOf(adversary) }),
    ...(trace === undefined ? {} : { trace }),
  };
  let outcome;
  try {
    outcome = workload.engines.messages(setup);
  } catch (error) {
    if (error instanceof EngineLimit) return { wrong: '', ended: false, outcome: null };
    return { wrong: `threw ${error.stack}`, ended: true, outcome: null };
  }
  if (found.length > 0) return { wrong: `invariant: ${found[0]}`, ended: true, outcome };
  if (outcome.safety === 'violated') return { wrong: 'safety is violated', ended: true, outcome };
  if (outcome.durability === 'violated') return { wrong: 'durability is violated', ended: true, outcome };
  const { load } = outcome;
  if (load !== undefined && load.submitted !== load.committed + load.rejected + load.waiting)
    return { wrong: `${load.submitted} submitted, but ${load.committed} + ${load.rejected} + ${load.waiting}`, ended: true, outcome };
  const ended = outcome.state !== 'stalled' || !outcome.reason.includes('budget');
  // Under other loads a run ends with its window, whether what was down is long back or not.
  const usual = isDefaultLoad(cell.load);
  if (ended && usual && outcome.state !== 'done' && !safetyAlone && !mayStop(workload, cell))
    return { wrong: `no liveness: ${outcome.reason}`, ended, outcome };
  if (ended && usual && workload.engines.waves !== undefined && adversary === null && trace === undefined)
    try {
      const waves = workload.engines.waves(setup);
      if (!isDeepStrictEqual(semantic(waves), semantic(outcome))) return { wrong: 'waves give another outcome', ended, outcome };
    } catch (error) {
      if (!(error instanceof NeedsMessages)) return { wrong: `waves threw ${error.stack}`, ended, outcome };
    }
  return { wrong: '', ended, outcome };
}

/** The mechanism claims safety alone under a fault of the cell. */
function mayStop({ bound }, { fault }) {
  const kinds = (fault.schedule ?? [fault]).map(({ kind }) => kind);
  return (bound.safetyAlone ?? []).some((kind) => kinds.includes(kind));
}
