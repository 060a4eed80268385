// Section 1: the question, the answer, the matrix or the ranking, and one figure. All of it is in the first screen.
import { final_ms, standingOf, type Answer, type AnswerCell, type AnswerRow } from '../analysis/answer.ts';
import { timesText } from '../analysis/answer-table.ts';
import { MILLISECONDS, estimateOf } from '../analysis/estimate.ts';
import { MILLION_TX } from '../analysis/people.ts';
import { answerPlot } from './answer-plot.ts';
import { EMPTY, code, escape, estimateCell, figure, name, table, type Cell } from './table.ts';

/** Beside a colour, so that nobody needs to see it. */
const MARKS: Readonly<Record<AnswerCell['verdict'], { readonly sign: string; readonly kind: string }>> = {
  met: { sign: '✓', kind: 'met' },
  'not met': { sign: '✗', kind: 'missed' },
  'not measured': { sign: '?', kind: 'open' },
};

function requirementCell({ verdict, text, marginText, note, command }: AnswerCell): Cell {
  const { sign, kind } = MARKS[verdict];
  const said = text === '' ? (verdict === 'not measured' || note === '' ? verdict : note) : text;
  const beside = [text === '' ? (said === note ? '' : note) : marginText, text === '' ? '' : note].filter((part) => part !== '');
  const how = command === '' ? '' : `<details><summary>measure it</summary>${code(command)}</details>`;
  return {
    html: `<span class="mark ${kind}" role="img" aria-label="${verdict}">${sign}</span> ${escape(said)}${beside.map((part) => ` <small>${escape(part)}</small>`).join('')}${how}`,
    wraps: 'verdict',
  };
}

function costCell({ cost }: AnswerRow): Cell {
  if (cost === null) return { html: EMPTY, numeric: true };
  const { value, interval, survivors } = estimateOf(cost.usd_per_1000_tx, cost.summary.replicates, MILLION_TX);
  return estimateCell({ value, interval, survivors: [survivors, cost.load].filter((part) => part !== '').join(' ') });
}

function matrixTable({ asked, rows }: Answer): string {
  // Where it is asked for it has a column already.
  const costs = asked.every(({ requirement }) => requirement !== 'usd_per_1000_tx');
  return table({
    id: 'table-answer',
    caption:
      'Who meets what: the value with its 95% interval and how far it is from what is asked. Those that meet all first, then by provisioned cost; those that tie by active cost.',
    head: [
      { title: 'mechanism' },
      ...asked.map(({ title, text }) => ({ title: `${title}: ${text}` })),
      ...(costs ? [{ title: 'a million tx, provisioned', numeric: true }] : []),
    ],
    rows: rows.map((row) => [name(row.label), ...row.cells.map(requirementCell), ...(costs ? [costCell(row)] : [])]),
    first: (index) => index > 0 && standingOf(rows[index]) !== standingOf(rows[index - 1]),
  });
}

function rankingTable({ rows, nodes }: Answer): string {
  const least = rows[0]?.cost?.usd_per_1000_tx.mean ?? null;
  return table({
    id: 'table-answer',
    caption: `Provisioned cost of a million transactions without faults, n = ${nodes ?? '–'}, and the median time to finality at the same risk.`,
    head: [
      { title: 'mechanism' },
      { title: 'a million tx', numeric: true },
      { title: 'of the least', numeric: true },
      { title: 'finality', numeric: true },
    ],
    rows: rows.map((row) => {
      const ratio = row.cost === null || least === null || least === 0 ? null : row.cost.usd_per_1000_tx.mean / least;
      const final = final_ms(row);
      return [
        name(row.label),
        costCell(row),
        ratio === null ? { html: EMPTY, numeric: true } : figure(timesText(ratio)),
        estimateCell(final === null ? null : estimateOf(final, row.calm!.replicates, MILLISECONDS)),
      ];
    }),
  });
}

const CAPTIONS: Readonly<Record<Answer['kind'], string>> = {
  requirements:
    'What a million transactions cost, provisioned. In bold: meets all that is asked. Bars: 95% intervals; dashed: the most that is asked.',
  ranking: 'What a million transactions cost, provisioned. Bars: 95% intervals.',
};

export function answerSection(answer: Answer): string {
  const [verdict, ...more] = answer.sentences;
  const plot = answerPlot(answer);
  return `<p class="says">${escape(verdict)}</p>
${more.map((sentence) => `<p>${escape(sentence)}</p>`).join('')}
<div class="answer"><div class="answer-table">${answer.kind === 'requirements' ? matrixTable(answer) : rankingTable(answer)}</div>
${
  plot === null
    ? ''
    : `<figure id="figure-answer"><div class="scroll" tabindex="0" role="region" aria-labelledby="caption-answer"><div class="wide">${plot.wide}</div><div class="narrow">${plot.narrow}</div></div>
<figcaption id="caption-answer">${CAPTIONS[answer.kind]}</figcaption></figure>`
}</div>`;
}

/** The answer's own rules; those of all tables and figures are in style.ts. On a wide window the table and the figure stand side by side. */
export const ANSWER_STYLE = `
#answer h2{border:0;margin-top:.6rem;padding-top:0;font-size:1.15rem;font-weight:600;max-width:none}
#answer p{max-width:none}
.says{font-size:1.15rem;line-height:1.35;border-left:4px solid var(--accent);padding-left:.8rem;margin:.6rem 0}
.answer{display:grid;gap:0 1.5rem}
.answer figure{margin:.6rem 0}
td.verdict{white-space:normal;min-width:6.2rem}td.verdict small{display:block;line-height:1.3}.answer-table{min-width:0}
.mark{font-weight:700}.mark.met{color:var(--accent)}.mark.missed{color:var(--unsafe)}.mark.open{color:var(--muted)}
td.verdict details{margin:0}td.verdict summary{font-weight:400;font-size:.86em;color:var(--accent)}td.verdict code{white-space:pre-wrap;overflow-wrap:anywhere}
@media screen{.answer .scroll{max-height:31rem;overflow-y:auto}}
@media screen{#comparison table{font-size:.78rem}#comparison td,#comparison th{padding-right:.45rem}}#comparison td{white-space:normal}#comparison td small{display:block}#comparison p{max-width:none;font-size:.88rem;color:var(--muted)}
@media screen and (max-width:44rem){#answer h2{font-size:1rem}.says{font-size:1.05rem}}
@media (min-width:80rem){body>header{padding-top:1.2rem;width:calc(100vw - 3rem);max-width:86rem;padding-left:0;padding-right:0}body>header .lead{max-width:none}
main>#answer,main>#comparison{width:calc(100vw - 3rem);max-width:86rem;margin-left:50%;transform:translateX(-50%)}
.answer{grid-template-columns:minmax(0,1fr) 29.5rem}#answer .scroll,#comparison .scroll{width:auto;min-width:0;max-width:100%;margin-left:0;transform:none}}
`.trim();
