// summary.tex: the tables of a run without faults and where it broke, to be \input into a paper. Pure. It needs the packages booktabs and
// siunitx (2 or 3) and compiles with pdfLaTeX, LuaLaTeX and XeLaTeX.
import { digitsCarried, estimateOf, NUMBER } from '../analysis/estimate.ts';
import type { RunDigest } from '../analysis/digest.ts';
import { THRESHOLD_TITLES, thresholdTable } from '../analysis/findings.ts';
import { faultFreeRows, modelOf, type Model } from '../analysis/model.ts';
import type { MeanSummary } from '../analysis/statistics.ts';
import type { Summary } from '../analysis/summarize.ts';
import type { Metric } from '../record/columns.ts';
import { visible } from '../words.ts';

/** Rows that fit a page; a longer table is told in several. */
const PAGE_ROWS = 30;

const CHARACTERS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  // After an underscore a long name may be broken.
  _: '\\_\\allowbreak{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '`': '\\textasciigrave{}',
  // Active under babel's shorthands.
  '"': '{\\char34}',
  // After a line's end they would be an argument of it.
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '\n': ' ',
  '\r': ' ',
  '\t': ' ',
  '\u00a0': '~',
  '–': '--',
  '−': '$-$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '÷': '$\\div$',
  '·': '$\\cdot$',
  '≤': '$\\leq$',
  '≥': '$\\geq$',
  '⌊': '$\\lfloor$',
  '⌋': '$\\rfloor$',
  '⌈': '$\\lceil$',
  '⌉': '$\\rceil$',
  φ: '$\\varphi$',
  µ: '$\\mu$',
  '₂': '$_2$',
  '…': '\\dots{}',
  '’': "'",
};

/** Text as LaTeX prints it, whatever it holds. */
export function tex(text: string): string {
  // Two hyphens would be a dash.
  return Array.from(visible(text).replace(/-(?=-)/g, '-\0'), (character) => {
    if (character === '\0') return '{}';
    const known = CHARACTERS[character];
    if (known !== undefined) return known;
    const code = character.codePointAt(0)!;
    // Letters with accents are known to every engine; of others pdfLaTeX prints the number.
    return code < 0x80 || (code >= 0xc0 && code < 0x180)
      ? character
      : `\\consensusbenchcharacter{${code.toString(16).toUpperCase().padStart(4, '0')}}`;
  }).join('');
}

/** A name, which may be broken before its brackets. */
const nameTex = (label: string): string => tex(label).replaceAll('(', '\\allowbreak(');

interface TexColumn {
  readonly metric: Metric;
  /** LaTeX, on two lines: what, and its unit. */
  readonly head: readonly [what: string, unit: string];
  /** From the record's unit to the one shown. */
  readonly scale?: number;
}

interface TexTable {
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly TexColumn[];
}

const costColumns = (basis: '' | '_provisioned'): readonly TexColumn[] => [
  { metric: `cpu_s_per_tx${basis}`, head: ['CPU time', '\\si{\\second}'] },
  { metric: `joules_per_tx${basis}`, head: ['energy', '\\si{\\joule}'] },
  { metric: `usd_per_1000_tx${basis}`, head: ['cost of 1000', 'USD'] },
];
const TABLES: readonly TexTable[] = [
  {
    label: 'cost-marginal',
    caption: 'Cost of one committed transaction without faults, marginal: active work alone',
    columns: costColumns(''),
  },
  {
    label: 'cost-provisioned',
    caption: 'Cost of one committed transaction without faults, provisioned: all cores of all nodes for as long as the decisions take',
    columns: costColumns('_provisioned'),
  },
  {
    label: 'messages',
    caption: 'Messages, bytes and time to finality of one decision without faults',
    columns: [
      { metric: 'messages_per_decision', head: ['messages', ''] },
      { metric: 'bytes_per_decision', head: ['bytes', ''] },
      { metric: 'finality_ms', head: ['finality', '\\si{\\second}'], scale: 1e-3 },
    ],
  },
  {
    label: 'rate',
    caption: "Rate and latency without faults; only the rate of a load ``saturate'' is a capacity",
    columns: [
      { metric: 'throughput_tps', head: ['transactions', '\\si{\\per\\second}'] },
      { metric: 'latency_ms_p50', head: ['median latency', '\\si{\\second}'], scale: 1e-3 },
      { metric: 'latency_ms_p99', head: ['99th percentile', '\\si{\\second}'], scale: 1e-3 },
    ],
  },
  {
    label: 'energy',
    caption: 'Power and energy of all nodes together without faults, provisioned',
    columns: [
      { metric: 'power_w', head: ['power', '\\si{\\watt}'] },
      { metric: 'energy_twh_per_year', head: ['a year', 'TWh'] },
      { metric: 'co2_kg_per_tx', head: ['CO$_2$ a transaction', '\\si{\\kilo\\gram}'] },
    ],
  },
];

/** Numbers of a column with the digits that their intervals carry, all with an exponent or none, as siunitx reads them. */
function numbers(values: readonly (MeanSummary | null)[], scale: number): (string | null)[] {
  const shown = values.map((value) => {
    if (value === null) return null;
    const { mean, ci95 } = value;
    const half = ci95 === null ? 0 : Math.max(ci95.high - mean, mean - ci95.low);
    return { value: mean * scale, digits: half > 0 && mean > 0 ? digitsCarried(mean, half) : 3 };
  });
  const sizes = shown.flatMap((one) => (one === null || one.value === 0 ? [] : [Math.abs(one.value)]));
  const isPlain = sizes.every((size) => size >= 1e-3 && size < 1e6);
  return shown.map((one) => {
    if (one === null) return null;
    const [mantissa, exponent] = one.value.toExponential(one.digits - 1).split('e');
    const power = Number(exponent);
    return isPlain
      ? Number(one.value.toPrecision(one.digits)).toFixed(Math.max(0, one.digits - 1 - power))
      : `${mantissa}${power === 0 ? '' : `e${power}`}`;
  });
}

/** The room that a column of such numbers takes. */
function tableFormat(texts: readonly (string | null)[]): string {
  const widest = (pattern: RegExp): number => Math.max(0, ...texts.map((text) => pattern.exec(text ?? '')?.[1]?.length ?? 0));
  const [whole, decimals, power] = [widest(/^-?(\d+)/), widest(/\.(\d+)/), widest(/e-?(\d+)/)];
  const exponent = power === 0 ? '' : `e${texts.some((text) => text?.includes('e-') === true) ? '-' : ''}${power}`;
  return `${Math.max(1, whole)}.${decimals}${exponent}`;
}

/** The interval beside a mean, and of how many replicates it is where not of all. */
function beside(value: MeanSummary | null, { replicates }: Summary, scale: number): string {
  if (value === null) return '';
  const { interval, survivors } = estimateOf(value, replicates, NUMBER);
  const { ci95 } = value;
  const ends = ci95 === null ? [] : [ci95.low, ci95.high].map((end) => `\\num{${(end * scale).toExponential(1)}}`);
  // On two lines: beside three values the two ends would not fit a page.
  const range = interval.startsWith('(') ? `\\scriptsize\\begin{tabular}{@{}l@{}}[${ends.join(',\\\\')}]\\end{tabular}` : tex(interval);
  return [range, tex(survivors)].filter((part) => part !== '').join(' ');
}

interface Lines {
  /** The column specification of tabular. */
  readonly columns: string;
  readonly head: readonly string[];
  /** Rows by the name in their first column. */
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

/** A column of text that is broken into lines; its width as a share of the page's. */
const paragraph = (share: number): string => `>{\\raggedright\\arraybackslash}p{${Number(share.toFixed(3))}\\linewidth}`;

function environments({ label, caption }: Pick<TexTable, 'label' | 'caption'>, { columns, head, rows }: Lines): string[] {
  const parts = Math.ceil(rows.length / PAGE_ROWS);
  // With intervals by their ends a table is too wide for the page in its plain form.
  const tight = rows.some(({ cells }) => cells.some((cell) => cell.includes('\\scriptsize')));
  return Array.from({ length: parts }, (_, part) => {
    const shown = rows.slice(part * PAGE_ROWS, (part + 1) * PAGE_ROWS);
    const body = shown.flatMap(({ name, cells }, index) => {
      const isNew = index === 0 || shown[index - 1].name !== name;
      return [...(isNew && index > 0 ? ['    \\addlinespace'] : []), `    ${[isNew ? name : '', ...cells].join(' & ')} \\\\`];
    });
    return [
      '\\begin{table}',
      `  \\centering${tight ? '\\footnotesize\\setlength{\\tabcolsep}{1.5pt}' : '\\small\\setlength{\\tabcolsep}{3pt}'}`,
      `  \\caption{${caption}${parts > 1 ? ` (${part + 1} of ${parts})` : ''}.}`,
      `  \\label{tab:consensus-bench-${label}${part > 0 ? `-${part + 1}` : ''}}`,
      `  \\begin{tabular}{@{}${paragraph(tight ? 0.16 : 0.24)}${columns}@{}}`,
      '    \\toprule',
      ...head.map((line) => `    ${line} \\\\`),
      '    \\midrule',
      ...body,
      '    \\bottomrule',
      '  \\end{tabular}',
      '\\end{table}',
    ].join('\n');
  });
}

function valueTable(table: TexTable, model: Model): string[] {
  const rows = faultFreeRows(model.series, model.nodes).filter(({ summary }) =>
    table.columns.some(({ metric }) => summary.metrics[metric] !== null),
  );
  const columns = table.columns
    .map((column) => ({ ...column, scale: column.scale ?? 1, values: rows.map(({ summary }) => summary.metrics[column.metric]) }))
    .filter(({ values }) => values.some((value) => value !== null))
    .map((column) => ({ ...column, texts: numbers(column.values, column.scale) }));
  if (columns.length === 0) return [];
  const spans = (texts: readonly string[]): string => texts.map((text) => `\\multicolumn{2}{c}{${text}}`).join(' & ');
  return environments(table, {
    columns: ['r', ...columns.map(({ texts }) => `S[table-format=${tableFormat(texts)}]@{\\,}>{\\footnotesize}l`)].join(''),
    head: [
      `mechanism & {$n$} & ${spans(columns.map(({ head: [what] }) => what))}`,
      ...(columns.some(({ head: [, unit] }) => unit !== '') ? [` & & ${spans(columns.map(({ head: [, unit] }) => unit))}`] : []),
    ],
    rows: rows.map(({ series, nodes, summary }, index) => ({
      name: nameTex(series.label),
      cells: [
        String(nodes),
        ...columns.flatMap(({ texts, values, scale }) => [texts[index] ?? '{--}', beside(values[index], summary, scale)]),
      ],
    })),
  });
}

function thresholds(model: Model): string[] {
  if (model.breakings.length === 0) return [];
  const { properties, rows } = thresholdTable(model, { brief: true });
  return environments(
    { label: 'thresholds', caption: 'Where each mechanism broke: fault ratio or count (faulty nodes; replicates, under attack attempts)' },
    {
      columns: [0.125, 0.09, 0.122, ...properties.map(() => 0.318 / properties.length)].map(paragraph).join(''),
      head: [['mechanism', 'fault', '$n$', 'holds up to', ...properties.map((property) => tex(THRESHOLD_TITLES[property]))].join(' & ')],
      rows: rows.map(({ label, kind, nodes, holds, thresholds: found }) => ({
        name: nameTex(label),
        cells: [kind, nodes, holds ?? '–', ...found.map(({ text }) => text ?? '–')].map(tex),
      })),
    },
  );
}

export function summaryTex(digest: RunDigest, model = modelOf(digest)): string {
  const { suite, costs } = digest.run;
  return `% Tables of the run ${tex(suite.name)} of consensus-bench, suite seed ${suite.seed}, costs of ${tex(costs.machine)}.
% \\usepackage{booktabs} and \\usepackage{siunitx} before \\begin{document}, then \\input{summary.tex}. Intervals are 95%; what is not
% measured is a dash. All columns stand in summary.csv.
\\providecommand{\\consensusbenchcharacter}[1]{\\ifdefined\\directlua\\char"#1\\relax\\else\\ifdefined\\XeTeXversion\\char"#1\\relax\\else[U+#1]\\fi\\fi}

${[...TABLES.flatMap((table) => valueTable(table, model)), ...thresholds(model)].join('\n\n')}
`;
}
