// What a phone and paper ask for beside the style sheet.
export const MEDIA_STYLE = `
.hint{display:none;font-size:.8rem;color:var(--muted);margin:.3rem 0 0}
dl.findings dt{color:var(--ink);font-weight:600}
dl.findings dd{max-width:52rem;margin-bottom:.5rem}
dl.findings ul{margin:0}
table.dense{font-size:.78rem}.dense td{white-space:normal}.dense th,.dense td{padding-right:.35rem}.dense td.evidence{min-width:9rem}.dense td:not([class]){white-space:nowrap}.dense td:not([class]) small{display:block}
a.term{color:inherit;text-decoration:underline dotted;text-underline-offset:.15em}
@media (max-width:44rem){.hint{display:block}
.scroll{border-right:2px dotted var(--muted)}}
@media print{details::details-content{content-visibility:visible;display:block;block-size:auto}summary{list-style:none}
a.term{text-decoration:none}}
`;

export const DIAGRAM_STYLE = `
.diagrams{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,31rem),1fr));gap:1rem 1.5rem;align-items:start}
.pan{overflow-x:auto}
.diagram-figure{margin:.5rem 0 1rem}
@media (max-width:44rem){.diagram-figure svg{max-width:none}}
@media print{.diagrams{display:block}.diagram-figure svg{max-height:215mm;width:auto;max-width:100%}}
`;
