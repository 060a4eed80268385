// The messages of a run as one SVG: a lane for each participant, time downwards, an arrow from where a message was sent to where it was
// received. Everything in it comes from the lines of a transcript.
import { duration } from '../analysis/format.ts';
import type { TraceLine, TracedMessage } from '../model/outcome.ts';
import { plural } from '../words.ts';
import { diagramSvg, type Diagram, type Theme } from './diagram.ts';
import { escape } from './table.ts';

/** Messages that are drawn: a decision of four nodes has some thirty. */
const MOST_MESSAGES = 240;
/** Participants that find room side by side. */
export const MOST_LANES = 16;

const LANE = 108;
const MARGIN = { left: 84, right: 96, top: 92, bottom: 28 };
const LEAST_WIDTH = 420;
/** Of a character of the title, at the widest. */
const CHARACTER = 7;
/** What a message of the median delay takes. */
const FLIGHT = 64;
/** What a stretch of time takes at most in which nothing, or something, is under way: longer ones are cut. */
const WAIT = { idle: 44, busy: 170 } as const;
const LINE = 14;

export interface Sequence {
  readonly title: string;
  readonly kind: Exclude<Diagram['kind'], 'tree'>;
  /** How many of the participants are nodes. */
  readonly nodes: number;
  /** When the client accepted each decision, in microseconds. */
  readonly accepted_us: readonly number[];
}

/** Keeps what a drawing can hold of a transcript, whatever its length. */
export class SequenceLines {
  readonly lines: TraceLine[] = [];
  /** Messages beyond those that are drawn. */
  left = 0;
  #messages = 0;

  add(line: TraceLine): void {
    if (line.message !== undefined && ++this.#messages > MOST_MESSAGES) this.left += 1;
    else if (this.left === 0) this.lines.push(line);
  }
}

interface Arrow extends TracedMessage {
  readonly received_us: number;
  readonly text: string;
  /** Its place in the transcript. */
  readonly line: number;
}

/** What a participant says at one moment: one message, or the same to several. */
interface Saying {
  readonly from: number;
  readonly name: string;
  readonly sent_us: number;
  readonly arrows: Arrow[];
  readonly cause: number;
  /** Messages of one kind that it had received by then; of each sender one. */
  quorum: { readonly name: string; readonly had: number } | null;
}

const COLOURS: readonly { light: string; dark: string }[] = [
  { light: '#0550ae', dark: '#79c0ff' },
  { light: '#a40e26', dark: '#ff9da4' },
  { light: '#116329', dark: '#56d364' },
  { light: '#8250df', dark: '#d2a8ff' },
  { light: '#953800', dark: '#ffa657' },
  { light: '#0b6b75', dark: '#6fd6e0' },
];

const RULES =
  '.sequence .wait,.sequence-fault .wait{stroke-dasharray:2 4}.diagram .arrow{fill:none;stroke-width:1.2}.diagram .client{stroke-dasharray:5 3}.diagram .lost{stroke-width:1.6;stroke-dasharray:none}.diagram .name{font-size:11px}.diagram .head{font-weight:600}';

function colourRules({ shade, muted, ink, paper }: Theme): string {
  const of = (name: string, colour: string): string =>
    `.diagram .arrow.${name}{stroke:${colour}}.diagram .tip.${name}{fill:${colour}}.diagram text.${name}{fill:${colour}}`;
  return `${of('client', muted)}${COLOURS.map((colours, index) => of(`m${index}`, colours[shade])).join('')}.diagram .quorum{fill:${ink}}.diagram .timer{fill:${paper};stroke:${ink}}`;
}

/** The lines that were kept, drawn. Without a message there is nothing to draw: an empty text. */
export function sequenceSvg({ lines, left }: Pick<SequenceLines, 'lines' | 'left'>, { title, kind, nodes, accepted_us }: Sequence): string {
  const arrows = lines.flatMap(({ at_us, text, message }, line): Arrow[] =>
    message === undefined ? [] : [{ ...message, received_us: at_us, text: text.slice(text.indexOf('  ')).trim(), line }],
  );
  if (arrows.length === 0) return '';
  const lanes = lanesOf(lines, arrows, nodes);
  const laneOf = new Map(lanes.map(({ participant }, index) => [participant, index]));
  const byName = new Map(lanes.map(({ name, participant }) => [name, participant]));
  const last_us = Math.max(...arrows.map(({ received_us }) => received_us));
  const accepted = accepted_us.filter((at_us) => at_us <= last_us);
  const timers = lines.filter(({ at_us, message, node }) => message === undefined && byName.has(node) && at_us <= last_us);
  const scale = scaleOf(arrows, [...timers.map(({ at_us }) => at_us), ...accepted]);
  const x = (participant: number): number => MARGIN.left + (laneOf.get(participant)! + 0.5) * LANE;
  const y = scale.y_of;
  const end_y = y(last_us) + 14;
  const width = Math.max(LEAST_WIDTH, 16 + CHARACTER * title.length, MARGIN.left + lanes.length * LANE + MARGIN.right);
  const sayings = sayingsOf(arrows);
  const colourOf = coloursOf(arrows, nodes);
  const taken = new Map<number, number>();
  /** Texts on a lane, below each other. */
  const placed = (participant: number, at_y: number): number => {
    const free = Math.max(at_y, (taken.get(participant) ?? -Infinity) + LINE);
    taken.set(participant, free);
    return free;
  };
  const lanesDrawn = lanes.flatMap(({ participant, name }) => [
    `<text class="head" x="${x(participant)}" y="${MARGIN.top - 16}" text-anchor="middle">${escape(name)}</text>`,
    ...scale.stretches.map(
      ({ from_y, to_y, isCut }) => `<path class="edge${isCut ? ' wait' : ''}" d="M${x(participant)} ${fixed(from_y)}V${fixed(to_y)}"/>`,
    ),
    `<path class="edge" d="M${x(participant)} ${fixed(y(last_us))}V${fixed(end_y)}"/>`,
  ]);
  const waits = scale.stretches.flatMap(({ from_y, to_y, isCut, length_us }) =>
    isCut ? [`<text class="muted" x="8" y="${fixed((from_y + to_y) / 2 + 4)}">${escape(duration(length_us / 1e6))} later</text>`] : [],
  );
  const marks: { readonly at_us: number; readonly draw: () => string }[] = [
    ...sayings.map((saying) => ({ at_us: saying.sent_us, draw: () => sayingText(saying) })),
    ...timers.map((line) => ({ at_us: line.at_us, draw: () => timerMark(line) })),
    ...accepted.map((at_us) => ({ at_us, draw: () => acceptedMark(at_us) })),
  ];
  const counted = new Set<string>();
  const sayingText = ({ from, name, sent_us, quorum }: Saying): string => {
    const label = `<text class="halo name ${colourOf(name)}" x="${x(from) + 7}" y="${fixed(placed(from, y(sent_us) + 4))}">${escape(name)}</text>`;
    if (quorum === null) return label;
    // What it says at one moment of one cause has its number once.
    const place = `${from} ${sent_us} ${quorum.had}`;
    const number = counted.has(place)
      ? ''
      : `<text class="halo name" x="${x(from) - 8}" y="${fixed(y(sent_us) + 4)}" text-anchor="end">${quorum.had}</text>`;
    counted.add(place);
    const said = `with ${quorum.had} ${quorum.name} of others`;
    return `<g><title>${escape(said)}</title><circle class="quorum" cx="${x(from)}" cy="${fixed(y(sent_us))}" r="4.5"/>${number}</g>${label}`;
  };
  const timerMark = ({ at_us, node, text }: TraceLine): string => {
    const participant = byName.get(node)!;
    return `<circle class="timer" cx="${x(participant)}" cy="${fixed(y(at_us))}" r="4"/><text class="halo name muted" x="${x(participant) + 7}" y="${fixed(placed(participant, y(at_us) + 4))}">${escape(text.replace(/^timer (.*) expires$/, '$1'))}</text>`;
  };
  const acceptedMark = (at_us: number): string => {
    const client = lanes[0].participant;
    return `<path class="quorum" d="M${x(client) - 6} ${fixed(y(at_us))}l6 -6l6 6l-6 6z"/><text class="halo name head" x="${x(client) - 10}" y="${fixed(y(at_us) + 4)}" text-anchor="end">accepts</text>`;
  };
  const summary = `${plural(arrows.length, 'message')} between ${plural(lanes.length, 'participant')} in ${duration(last_us / 1e6)}, of ${plural(new Set(arrows.map(({ name }) => name)).size, 'kind')}`;
  const anyLost = arrows.some(({ isLost }) => isLost);
  const note = left === 0 ? '' : `${plural(left, 'later message')} ${left === 1 ? 'is' : 'are'} not drawn.`;
  return diagramSvg({
    kind,
    title,
    summary,
    width,
    height: Math.ceil(end_y + MARGIN.bottom),
    rules: RULES,
    themed: colourRules,
    body: [
      `<text class="head" x="8" y="20">${escape(title)}</text>`,
      ...legend(sayings.some(({ quorum }) => quorum !== null) ? QUORUM : null, timers.length > 0 ? TIMER : null, anyLost ? LOST : null),
      ...scale.ticks.map(
        ({ at_us, at_y }) => `<text class="muted" x="8" y="${fixed(at_y + 4)}">${escape(duration(at_us / 1e6, digitsOf(at_us)))}</text>`,
      ),
      ...waits,
      ...lanesDrawn,
      ...arrows.map((arrow) => arrowPath(arrow, { x, y, colour: colourOf(arrow.name) })),
      ...marks.sort((one, other) => one.at_us - other.at_us).map(({ draw }) => draw()),
      note === '' ? '' : `<text class="muted" x="8" y="${fixed(end_y + 18)}">${note}</text>`,
    ],
  });
}

interface LegendItem {
  readonly symbol: string;
  readonly text: string;
}
const QUORUM: LegendItem = { symbol: '<circle class="quorum" r="4.5"/>', text: 'goes on, with so many votes of others' };
const TIMER: LegendItem = { symbol: '<circle class="timer" r="4"/>', text: 'a timer expires' };
const LOST: LegendItem = { symbol: '<path class="arrow lost client" d="M-5 -5l10 10m0 -10l-10 10"/>', text: 'lost: its receiver is down' };

function legend(...items: readonly (LegendItem | null)[]): string[] {
  let x = 14;
  return items.flatMap((item) => {
    if (item === null) return [];
    const drawn = `<g transform="translate(${x} 37)">${item.symbol}<text class="muted" x="10" y="4">${item.text}</text></g>`;
    x += 28 + Math.ceil(6.3 * item.text.length);
    return [drawn];
  });
}

/** Digits that tell moments a millisecond apart. */
const digitsOf = (at_us: number): number => Math.max(3, String(Math.floor(at_us / 1000)).length);

const fixed = (value: number): string => String(Math.round(value * 10) / 10);

/** Clients first, then nodes by number; nodes of which the transcript says nothing too. */
function lanesOf(lines: readonly TraceLine[], arrows: readonly Arrow[], nodes: number): { participant: number; name: string }[] {
  const names = new Map<number, string>();
  for (const { from, sender } of arrows) names.set(from, sender);
  for (const { node, message } of lines) if (message !== undefined) names.set(message.to, node);
  for (let node = 0; node < nodes; node++) if (!names.has(node)) names.set(node, `node ${node}`);
  return [...names]
    .map(([participant, name]) => ({ participant, name }))
    .sort((one, other) => Number(one.participant < nodes) - Number(other.participant < nodes) || one.participant - other.participant);
}

interface Stretch {
  readonly from_y: number;
  readonly to_y: number;
  readonly length_us: number;
  /** Shorter than it should be. */
  readonly isCut: boolean;
}

/** Where each moment is: in proportion to time, but for long waits. Only moments at which something happens can be asked for. */
function scaleOf(
  arrows: readonly Arrow[],
  others: readonly number[],
): { y_of: (at_us: number) => number; stretches: Stretch[]; ticks: { at_us: number; at_y: number }[] } {
  const delays = arrows.map(({ sent_us, received_us }) => received_us - sent_us).sort((one, other) => one - other);
  const perMicrosecond = FLIGHT / Math.max(1, delays[delays.length >> 1]);
  const moments = [...new Set([...arrows.flatMap(({ sent_us, received_us }) => [sent_us, received_us]), ...others])].sort(
    (one, other) => one - other,
  );
  const at = new Map<number, number>();
  const stretches: Stretch[] = [];
  const ticks: { at_us: number; at_y: number }[] = [];
  let at_y: number = MARGIN.top;
  let before_us = moments[0];
  for (const at_us of moments) {
    const length_us = at_us - before_us;
    const full = length_us * perMicrosecond;
    const isBusy = arrows.some(({ sent_us, received_us }) => sent_us <= before_us && received_us >= at_us);
    const taken = Math.min(full, isBusy ? WAIT.busy : WAIT.idle);
    if (length_us > 0) stretches.push({ from_y: at_y, to_y: at_y + taken, length_us, isCut: taken < full });
    at_y += taken;
    at.set(at_us, at_y);
    before_us = at_us;
    if (ticks.length === 0 || at_y - ticks[ticks.length - 1].at_y >= 2 * LINE) ticks.push({ at_us, at_y });
  }
  return { y_of: (at_us) => at.get(at_us)!, stretches, ticks };
}

/** What was said, in the order of sending, each with the votes that its sender had then. */
function sayingsOf(arrows: readonly Arrow[]): Saying[] {
  const sayings = new Map<string, Saying>();
  for (const arrow of arrows) {
    const { from, name, sent_us, cause } = arrow;
    const key = `${from} ${sent_us} ${name}`;
    const saying = sayings.get(key) ?? { from, name, sent_us, cause, arrows: [], quorum: null };
    sayings.set(key, saying);
    saying.arrows.push(arrow);
  }
  const all = [...sayings.values()].sort((one, other) => one.sent_us - other.sent_us);
  for (const saying of all) {
    const own = arrows.filter(({ to, isLost }) => to === saying.from && !isLost);
    const latest = own.findLast(({ line }) => line < saying.cause);
    if (latest === undefined || latest.name === saying.name) continue;
    const alike = own.filter(({ name, view, sequence }) => name === latest.name && view === latest.view && sequence === latest.sequence);
    const senders = (some: readonly Arrow[]): number => new Set(some.map(({ from }) => from)).size;
    if (senders(alike) > 1) saying.quorum = { name: latest.name, had: senders(alike.filter(({ line }) => line < saying.cause)) };
  }
  return all;
}

/** The class of a kind of message: those between clients and nodes are one, the others take the colours in turn. */
function coloursOf(arrows: readonly Arrow[], nodes: number): (name: string) => string {
  const classes = new Map<string, string>();
  let colours = 0;
  for (const { name, from, to } of [...arrows].sort((one, other) => one.sent_us - other.sent_us))
    if (!classes.has(name)) classes.set(name, from >= nodes || to >= nodes ? 'client' : `m${colours++ % COLOURS.length}`);
  return (name) => classes.get(name)!;
}

interface Places {
  readonly x: (participant: number) => number;
  readonly y: (at_us: number) => number;
  readonly colour: string;
}

function arrowPath(arrow: Arrow, { x, y, colour }: Places): string {
  const { from, to, sender, sent_us, received_us, text, isLost } = arrow;
  const [from_x, from_y, to_x, to_y] = [x(from), y(sent_us), x(to), y(received_us)];
  const length = Math.hypot(to_x - from_x, to_y - from_y);
  const [along_x, along_y] = [(to_x - from_x) / length, (to_y - from_y) / length];
  // The tip: back along the arrow, and to both sides of it.
  const [base_x, base_y] = [to_x - 8 * along_x, to_y - 8 * along_y];
  const tip = isLost
    ? `M${fixed(to_x - 5)} ${fixed(to_y - 5)}l10 10m0 -10l-10 10`
    : `M${fixed(to_x)} ${fixed(to_y)}L${fixed(base_x - 3.2 * along_y)} ${fixed(base_y + 3.2 * along_x)}L${fixed(base_x + 3.2 * along_y)} ${fixed(base_y - 3.2 * along_x)}z`;
  const story = `${sender}: ${text}; sent at ${duration(sent_us / 1e6)}, ${isLost ? 'lost on one that is down' : 'received'} at ${duration(received_us / 1e6)}`;
  return `<g><title>${escape(story)}</title><path class="arrow ${colour}" d="M${fixed(from_x)} ${fixed(from_y)}L${fixed(base_x)} ${fixed(base_y)}"/><path class="${isLost ? 'arrow lost' : 'tip'} ${colour}" d="${tip}"/></g>`;
}
