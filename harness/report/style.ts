// The report's style sheet: screen (light and dark), phone and print. Figures carry fixed colours; rules here map them to the
// theme, so that one drawing serves every medium.
import type { Fate } from '../analysis/summarize.ts';
import { COLOURS } from './marks.ts';
import { FATE_COLOURS, GRID, INK, MUTED, PAPER } from './colours.ts';

interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly paper: string;
  readonly panel: string;
  readonly accent: string;
  readonly fates: Readonly<Record<Fate, string>>;
  readonly hatching: string;
  readonly series: readonly string[];
}
const LIGHT: Theme = {
  ink: INK,
  muted: MUTED,
  grid: GRID,
  paper: PAPER,
  panel: '#f6f7f8',
  accent: '#0b5c8a',
  fates: FATE_COLOURS,
  hatching: '#7a4a00',
  series: COLOURS,
};
const DARK: Theme = {
  ink: '#e8e8e8',
  muted: '#a8adb3',
  grid: '#3a3f45',
  paper: '#16191d',
  panel: '#1f2429',
  accent: '#7cc4f0',
  fates: {
    ok: '#2f4d5e',
    unknown: '#5c636b',
    unfinal: '#8a74b0',
    unlive: '#b9802f',
    undurable: '#d9775f',
    unsafe: '#e2557f',
    broken: '#16191d',
  },
  hatching: '#3a2500',
  series: ['#5eb1e8', '#ff8f4d', '#3fd0a4', '#e39cc4', '#8fd0f5', '#f2bd3f', '#a9a9a9', '#c39173'],
};
const PRINT: Theme = { ...LIGHT, ink: '#000', muted: '#444', grid: '#ccc', panel: '#fff', accent: '#000' };

function variables({ fates, hatching, series, ...plain }: Theme): string {
  const all: Record<string, string> = { ...plain, ...fates, 'unlive-line': hatching };
  for (const [index, colour] of series.entries()) all[`s${index}`] = colour;
  const set = Object.entries(all).map(([key, colour]) => `--${key}:${colour}`);
  return `:root{${set.join(';')}}`;
}

/** Draws what a figure has in a fixed colour in the colour of the theme. No ancestor is named: what `<use>` shows has none. */
function themed(colour: string, value: string): string {
  return `[fill="${colour}"]{fill:${value}}[stroke="${colour}"]{stroke:${value}}`;
}

const SCREEN = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:66rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .35rem;overflow-wrap:anywhere}
h2{font-size:1.25rem;margin:2.25rem 0 .6rem;padding-top:.6rem;border-top:1px solid var(--grid)}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p{margin:.5rem 0;max-width:48rem}
p,li,h3,figcaption{overflow-wrap:anywhere}
.lead{color:var(--muted);margin:0}
ul{padding-left:1.2rem;max-width:52rem}
li{margin:.3rem 0}
nav{margin:1rem 0 0;display:flex;flex-wrap:wrap;gap:.2rem 1rem;font-size:.9rem}
a{color:var(--accent)}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
pre{background:var(--panel);border:1px solid var(--grid);border-radius:4px;padding:.7rem .9rem;overflow-x:auto;max-width:100%}
.warning{border-left:4px solid var(--unlive);background:var(--panel);padding:.5rem .8rem}
figure{margin:1rem 0 1.6rem}
figure svg{max-width:100%;height:auto;display:block}
figcaption{font-size:.88rem;color:var(--muted);max-width:48rem;margin-top:.5rem}
figcaption b{color:var(--ink)}
.narrow{display:none}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.88rem;margin:.4rem 0 .6rem;padding:0;list-style:none;max-width:none}
.legend li{display:flex;align-items:center;gap:.4rem;margin:0}
.legend svg{flex:none}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18.5rem,100%),1fr));gap:1rem 1.25rem}
.panel h3{font-size:.92rem;margin:0 0 .2rem}
.remarks{font-size:.8rem;padding-left:1rem;margin:.2rem 0}
.remarks li{margin:.1rem 0}
.doubt{font-size:.82rem;border-left:3px solid var(--unlive);padding-left:.5rem;margin:.3rem 0}
.panel p{font-size:.8rem;color:var(--muted);margin:.1rem 0 .3rem}
fieldset.choice{border:0;padding:0;margin:.4rem 0 .6rem}
.choice legend{font-size:.88rem;color:var(--muted);padding:0;margin-bottom:.3rem}
.choice input{position:absolute;opacity:0}
.choice label{display:inline-block;border:1px solid var(--grid);border-radius:999px;padding:.15rem .75rem;margin:.15rem .3rem .15rem 0;font-size:.88rem;cursor:pointer}
.choice input:checked+label{border-color:var(--ink);background:var(--ink);color:var(--paper)}
.choice input:focus-visible+label{outline:2px solid var(--accent);outline-offset:2px}
@media screen{.variant{display:none}}
.variant>h3{display:none}
.scroll{overflow-x:auto;max-width:100%;margin:.3rem 0 .6rem}
@media (min-width:80rem){.scroll{min-width:100%;width:max-content;max-width:calc(100vw - 1.5rem);margin-left:50%;transform:translateX(-50%)}}
table{border-collapse:collapse;font-size:.84rem;font-variant-numeric:tabular-nums;min-width:min(100%,24rem)}
.caption{color:var(--muted);font-size:.88rem;margin:1.2rem 0 0}
th,td{padding:.28rem .65rem .28rem 0;text-align:left;border-bottom:1px solid var(--grid);vertical-align:top}
thead th{border-bottom:2px solid var(--muted);vertical-align:bottom;font-weight:600;line-height:1.25}
td{white-space:nowrap}
td.prose{white-space:normal;min-width:16rem}
td.evidence,td.evidence .fate{white-space:normal}
td.evidence{min-width:12rem}
td,th.n{text-align:right;padding-left:.25rem}
td[class]{text-align:left;padding-left:0}
tbody th{font-weight:600;white-space:nowrap}
tr.first td,tr.first th{border-top:1px solid var(--muted)}
small{color:var(--muted);font-size:.86em}
.fate{white-space:nowrap}
.fate::before{content:"";display:inline-block;width:.8em;height:.8em;margin-right:.4em;border:1px solid var(--muted);vertical-align:-.08em;forced-color-adjust:none}
.fate.ok::before{background:var(--ok)}
.fate.unlive::before{background:repeating-linear-gradient(45deg,var(--unlive) 0 2px,var(--unlive-line) 2px 3px)}
.fate.unknown::before{background:var(--unknown)}
.fate.unfinal::before{background:var(--unfinal)}
.fate.undurable::before{background:var(--undurable)}
.fate.unsafe::before{background:var(--unsafe)}
.fate.broken::before{background:var(--broken)}
details{margin:.5rem 0}
summary{cursor:pointer;font-weight:600}
summary span{font-weight:400;color:var(--muted)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;font-size:.9rem;margin:.5rem 0}
dt{color:var(--muted)}
dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:.85rem;padding-top:1.5rem;padding-bottom:2.5rem}
figure svg{fill:var(--ink)}
figure svg text{font-family:inherit}
`;

const MEDIA = `
@media screen and (max-width:44rem){.wide{display:none}.narrow{display:block}body{font-size:15px}h1{font-size:1.4rem}main,header,footer{padding-left:1rem;padding-right:1rem}
dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.4rem}tbody th{white-space:normal;overflow-wrap:anywhere;min-width:7rem}}
@media print{@page{margin:16mm 14mm}html{font-size:12px}body{font-size:9.5pt}main,header,footer{max-width:none;padding:0}p,ul,figcaption{max-width:none}.wide{display:block}.narrow{display:none}
nav,.choice{display:none}.variant{break-inside:avoid}.variant>h3{display:block;font-size:9pt;margin:2mm 0 0}.panels{grid-template-columns:repeat(3,minmax(0,1fr))}.caption{break-after:avoid}h2,h3,.legend{break-after:avoid}figure,.panel,.legend,tr{break-inside:avoid}.variant.many,figure:has(.variants),figure:has(.panels){break-inside:auto}.scroll{overflow:visible}table{font-size:7pt}th,td{padding-right:.35rem}td,tbody th{white-space:normal}tbody th{overflow-wrap:anywhere;min-width:7em}td:not([class]) small{display:block}td.prose,td.evidence{min-width:0}
td:not([class]),th.n{padding-left:.15rem}pre{white-space:pre-wrap;overflow-wrap:anywhere}figure svg{max-height:110mm}.variant svg{max-height:80mm}a{color:inherit;text-decoration:none}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;

export const STYLE = [
  ':root{color-scheme:light dark}',
  variables(LIGHT),
  `@media (prefers-color-scheme:dark){${variables(DARK)}}`,
  `@media print{:root{color-scheme:light}${variables(PRINT)}}`,
  SCREEN.trim(),
  themed(INK, 'var(--ink)'),
  themed(MUTED, 'var(--muted)'),
  themed(GRID, 'var(--grid)'),
  themed(PAPER, 'var(--paper)'),
  ...COLOURS.map((colour, index) => themed(colour, `var(--s${index})`)),
  themed(FATE_COLOURS.ok, 'var(--ok)'),
  themed(FATE_COLOURS.unlive, 'url(#hatch)'),
  themed(FATE_COLOURS.unknown, 'var(--unknown)'),
  themed(FATE_COLOURS.unfinal, 'var(--unfinal)'),
  themed(FATE_COLOURS.undurable, 'var(--undurable)'),
  themed(FATE_COLOURS.unsafe, 'var(--unsafe)'),
  themed(FATE_COLOURS.broken, 'var(--broken)'),
  MEDIA.trim(),
].join('\n');
