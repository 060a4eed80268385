// A list of phases as a text: what a suite's objects are made into, and what may stand there itself.
import type { CertificateForm } from '../../harness/simulate/core/certificates.ts';
import type { StepShape, Who } from '../parts/phase-program.ts';
import { byzantineBound, byzantineQuorum, majorityQuorum } from '../../harness/simulate/core/quorum.ts';

/**
 * `leader>all batch; others>all quorum-1; all>all quorum`: phases in order, each from>to, then in any order: `batch` (it carries the batch), `persists` (senders write before they send), a need
 * (`majority`, `quorum`, `f+1`, `all`, each also less 1, as `quorum-1`; a number, a percentage), `check:` single, batch, aggregate or none, `carries:` a need (a certificate of so
 * many signatures), `signed:false` (no signature of its own), `bytes:` a number (beside batch and certificate; a header and a signature are 113, with a share 97, a header alone 49), `as:` a name for transcripts.
 * What a suite writes as objects comes as words of key and value: `from:leader to:all bytes:batch`.
 */
export const NEED = /^((majority|quorum|f\+1|all)(-1)?|\d+|\d+(\.\d+)?%)$/;
const WHO = new Set(['leader', 'others', 'all']);
const KEYS = new Set(['way', 'from', 'to', 'batch', 'persists', 'need', 'check', 'carries', 'signed', 'bytes', 'as']);
const CHECKS = new Set(['single', 'batch', 'aggregate', 'none']);
export const MOST_STEPS = 12;
const EXAMPLE = 'like leader>all batch; others>all quorum-1; all>all quorum';

/** Of n nodes; a percentage is rounded up. */
export function needOf(text: string, nodes: number): number {
  if (text.endsWith('-1')) return needOf(text.slice(0, -2), nodes) - 1;
  if (text === 'majority') return majorityQuorum(nodes);
  if (text === 'quorum') return byzantineQuorum(nodes);
  if (text === 'f+1') return byzantineBound(nodes) + 1;
  if (text === 'all') return nodes;
  if (text.endsWith('%')) return Math.max(1, Math.ceil(Number((Number(text.slice(0, -1)) * nodes).toFixed(6)) / 100));
  return Number(text);
}

export interface WrittenStep {
  readonly from: Who;
  readonly to: Who;
  readonly batch: boolean;
  readonly persists: boolean;
  readonly need: string | null;
  readonly check: StepShape['check'] | null;
  readonly carries: string | null;
  readonly signed: boolean;
  readonly bytes: number | null;
  readonly as: string | null;
}

/** The phases of a text; or what is wrong, as what to write instead. */
export function parsePhases(text: string): readonly WrittenStep[] | string {
  const parts = text.split(';').map((part) => part.trim());
  if (parts.length > MOST_STEPS) return `at most ${MOST_STEPS} phases (received ${parts.length}), ${EXAMPLE}`;
  const steps: WrittenStep[] = [];
  for (const [index, part] of parts.entries()) {
    const step = parseStep(part);
    if (typeof step === 'string') return `${step} (phase ${index + 1}: received ${JSON.stringify(part)}), ${EXAMPLE}`;
    steps.push(step);
  }
  const carriers = steps.filter(({ batch }) => batch);
  if (carriers.length !== 1) return `one phase that carries the batch (received ${carriers.length}), ${EXAMPLE}`;
  const [carrier] = carriers;
  if (carrier.from !== 'leader' || carrier.to === 'leader') return `a batch from the leader to all, ${EXAMPLE}`;
  const first = steps.findIndex(({ carries }) => carries !== null);
  if (first >= 0 && !steps.slice(0, first).some(({ from }) => from !== 'leader'))
    return `a phase of votes before the first one that carries a certificate of them, ${EXAMPLE}`;
  if (steps.some(({ carries }, index) => carries !== null && !steps[provenBy(steps, index)].signed))
    return 'signed:true for votes that a certificate is made of, like all>leader quorum; leader>all carries:quorum';
  return steps;
}

function parseStep(part: string): WrittenStep | string {
  const words = part.split(/\s+/).map((word): [key: string, value: string] => {
    if (/^[a-z]+>[a-z]+$/.test(word)) return ['way', word];
    const colon = word.indexOf(':');
    return colon < 0 ? [NEED.test(word) ? 'need' : word, word] : [word.slice(0, colon), word.slice(colon + 1)];
  });
  const said = new Map(words);
  const [from, to] = said.get('way')?.split('>') ?? [said.get('from') ?? '', said.get('to') ?? ''];
  if (!WHO.has(from) || !WHO.has(to)) return 'from>to, each one of leader, others, all, in each phase';
  if (from === 'leader' && to === 'leader') return 'a phase from or to somebody else than the leader';
  if (from === 'leader' && said.get('check') === 'aggregate') return 'check:aggregate for votes, which are not from the leader alone';
  const bytes = said.get('bytes') ?? '';
  const step: WrittenStep = {
    from: from as Who,
    to: to as Who,
    batch: said.has('batch') || bytes === 'batch',
    persists: said.has('persists') && said.get('persists') !== 'false',
    need: said.get('need') ?? null,
    check: (said.get('check') as StepShape['check'] | undefined) ?? null,
    carries: said.get('carries') ?? null,
    signed: said.get('signed') !== 'false',
    bytes: /^\d{1,9}$/.test(bytes) ? Number(bytes) : null,
    as: said.get('as') ?? null,
  };
  const { need, check, carries, signed, as } = step;
  const fits =
    said.size === words.length &&
    words.every(([key]) => KEYS.has(key)) &&
    [need, carries].every((text) => text === null || NEED.test(text)) &&
    (check === null || (CHECKS.has(check) && (signed || check === 'none'))) &&
    ['true', 'false'].includes(said.get('signed') ?? 'true') &&
    (bytes === '' || bytes === 'batch' || step.bytes !== null) &&
    ['persists', 'true', 'false'].includes(said.get('persists') ?? 'false') &&
    (as === null || /^[A-Za-z][A-Za-z0-9-]{0,15}$/.test(as));
  return fits
    ? step
    : 'each word once: batch, persists, a need (majority, quorum, f+1, all, 5, 67%), check:batch, carries:quorum, signed:false (with check:none), bytes:113 or as:name';
}

/** The phase of votes that the certificates of phase `index` are made of, by its index; -1: none. */
export const provenBy = (steps: readonly { readonly from: Who }[], index: number): number =>
  steps.slice(0, index).findLastIndex(({ from }) => from !== 'leader');

/**
 * The figure at n nodes. Who hears of the leader alone needs one message; of several a quorum, where nothing else is said. Votes that
 * aggregate certificates are made of are shares of them.
 */
export function shapesOf(
  steps: readonly WrittenStep[],
  nodes: number,
  { certificates: form, authentication }: { readonly certificates: CertificateForm; readonly authentication: 'signature' | 'none' },
): StepShape[] {
  const signs = authentication === 'signature';
  const proofs = new Set(steps.flatMap(({ carries }, index) => (carries === null ? [] : [provenBy(steps, index)])));
  const usual = ({ from, signed }: WrittenStep, index: number): StepShape['check'] =>
    !(signed && signs) ? 'none' : from === 'leader' ? 'single' : form === 'aggregate' && proofs.has(index) ? 'aggregate' : 'batch';
  return steps.map((step, index) => {
    const { from, to, batch, persists, need, check, carries, signed, bytes, as } = step;
    return {
      name: as ?? `phase-${index + 1}`,
      from,
      to,
      hasBatch: batch,
      need: from === 'leader' ? 1 : needOf(need ?? 'quorum', nodes),
      check: check ?? usual(step, index),
      ...(signed ? {} : { signed }),
      persists,
      ...(carries === null ? {} : { carries: needOf(carries, nodes) }),
      ...(bytes === null ? {} : { bytes }),
    };
  });
}
