// What a phone and paper ask for beside the style sheet.
/**
 * A table that is wider, or higher, than its place says so: where the browser tells a style sheet how far something scrolls in words, in others by a shade
 * at that edge, which the table's own end covers.
 */
export const MEDIA_STYLE = `
.hint{display:none;position:sticky;left:0;width:max-content;max-width:100%;font-size:.8rem;color:var(--muted);margin:0}
dl.findings dt{color:var(--ink);font-weight:600}
dl.findings dd{max-width:52rem;margin-bottom:.5rem}
dl.findings ul{margin:0}
table.dense{font-size:.78rem}.dense td{white-space:normal}.dense tbody th{white-space:normal;min-width:7rem}.dense th,.dense td{padding-right:.35rem}.dense td[class],.dense thead th:not(.n,:first-child){padding-left:.6em}.dense td.evidence{min-width:9rem}.dense td:not([class]) small{display:block}
a.term{color:inherit;text-decoration:underline dotted;text-underline-offset:.15em}
.scroll:has(>table){container-type:scroll-state}
@container scroll-state(scrollable:x){.hint.right{display:block}}
@container scroll-state(scrollable:y){.hint.below{display:block}}
@supports not (container-type:scroll-state){.scroll{background:linear-gradient(to left,var(--paper) 1rem,transparent) right/2rem 100% no-repeat local,linear-gradient(to top,var(--paper) 1rem,transparent) bottom/100% 2rem no-repeat local,linear-gradient(to left,var(--muted),transparent) right/.5rem 100% no-repeat scroll,linear-gradient(to top,var(--muted),transparent) bottom/100% .5rem no-repeat scroll}}
@media screen{th{hyphens:none}}
@media print{table.dense{font-size:5.5pt}.dense th,.dense td{padding-top:.2em;padding-bottom:.2em;padding-right:.3em}.dense td.evidence,.dense tbody th{min-width:8em}.dense td.prose{min-width:14em}td svg{max-width:7rem;height:auto}
details pre{columns:3;font-size:6.5pt}
summary,details>.lead{break-after:avoid}details>.lead{font-size:.8rem}
details::details-content{content-visibility:visible;display:block;block-size:auto}summary{list-style:none}
a.term{text-decoration:none}}
`;

export const DIAGRAM_STYLE = `
.diagrams{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,31rem),1fr));gap:1rem 1.5rem;align-items:start}
.pan{overflow-x:auto}
.diagram-figure{margin:.5rem 0 1rem}
@media (max-width:44rem){.diagram-figure svg{max-width:none}}
@media print{.diagrams{grid-template-columns:repeat(2,minmax(0,1fr))}.diagram-figure{break-inside:avoid}.diagram-figure svg{max-height:125mm;width:auto}}
`;
