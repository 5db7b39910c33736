// Owns the stylesheet of status pages: light and dark, phone to wide screen, print, and either direction of text.
// Does not contain the accent of a page: accent.ts adds it. src/http/ui/style.ts is for all other pages.
import { FORM_CSS } from './form-style.ts';

const LIGHT = `--page: #f5f6f8; --card: #ffffff; --line: #dfe3e8; --text: #161b22; --soft: #515c6b; --link: #1556b8; --mark: #2a5ca8;
  --good: #0f7040; --good-tint: #e5f4ec; --warn: #855000; --warn-tint: #fdf1da;
  --bad: #b01e1e; --bad-tint: #fdeaea; --no-data: #4a5363; --no-data-tint: #e9ecf1; --calm: #2a5ca8; --calm-tint: #e7effb;
  --code: #f0f2f5; --up: #2c9c5e; --down: #d02b2b; --part: #cc8000; --none: #8792a2; --work: #4f83cc;
  --c0: #1f5fbf; --c1: #b3420b; --c2: #0a7a66; --c3: #8a3ab0; --c4: #a01850; --c5: #5d6b00; --c6: #3d4a5c; --c7: #00748f;`;
const DARK = `--page: #0d1117; --card: #161b23; --line: #2b323d; --text: #e7ebf1; --soft: #a3aebd; --link: #86b7ff; --mark: #8fbaff;
  --good: #5ed492; --good-tint: #10281c; --warn: #f2b84f; --warn-tint: #2d2211;
  --bad: #ff8f87; --bad-tint: #331717; --no-data: #b3bdcc; --no-data-tint: #20262f; --calm: #8fbaff; --calm-tint: #152339;
  --code: #1e252f; --up: #3aa869; --down: #f0625a; --part: #e0a53a; --none: #667181; --work: #5f95e0;
  --c0: #7fb0ff; --c1: #ff9d66; --c2: #4fd1b5; --c3: #d59bf0; --c4: #ff8fb5; --c5: #c5d05a; --c6: #b9c4d4; --c7: #5fd0ee;`;

/** A part of a bar is of one colour, the rest of another. Shapes differ as well as colours. */
const split = (first: string, until: number, second: string): string =>
  `background: linear-gradient(var(--${first}) ${until}%, var(--${second}) 0)`;

/** Of the lines of a chart, by their order. */
const DASHES = ['none', '7 3', 'none', '2 3', '10 3 2 3', 'none', '4 4', '2 2'];

export const PAGE_CSS = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root:not(.light) { ${DARK} } }
:root.light { color-scheme: light; }
:root.dark { color-scheme: dark; ${DARK} }
* { box-sizing: border-box; } [hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
a { color: var(--link); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; inset-inline-start: -99rem; top: 0; padding: .6rem 1rem; background: var(--card); z-index: 2; }
.skip:focus { inset-inline-start: .5rem; top: .5rem; }
.hidden { position: absolute; width: 1px; height: 1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.page { max-width: 54rem; margin: 0 auto; padding: 1.75rem 1.25rem 3rem; }
h1, h2, h3, h4, .verdict { unicode-bidi: plaintext; text-align: left; }
[dir=rtl] :is(h1, h2, h3, h4) { text-align: right; }
.top { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem .6rem; margin-bottom: 1.5rem; }
.top p { margin: 0; font-size: 1.1rem; font-weight: 650; letter-spacing: -.01em; min-width: 0; }
.top p a { color: inherit; text-decoration: none; }
.top p a:hover { text-decoration: underline; }
.top nav { margin-inline-start: auto; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; font-size: .92rem; }
.mark { width: 1.6rem; height: 1.6rem; flex: none; color: var(--mark); }
.logo { max-height: 2.4rem; max-width: 12rem; }
.icon { width: 1.35rem; height: 1.35rem; flex: none; color: var(--tone); }
.good { --tone: var(--good); --tint: var(--good-tint); }
.warn { --tone: var(--warn); --tint: var(--warn-tint); }
.bad { --tone: var(--bad); --tint: var(--bad-tint); }
.no_data { --tone: var(--no-data); --tint: var(--no-data-tint); }
.calm { --tone: var(--calm); --tint: var(--calm-tint); }
.banner {
  display: flex; gap: 1rem; align-items: flex-start; padding: 1.35rem 1.4rem; border-radius: 14px;
  background: var(--tint); border: 1px solid color-mix(in srgb, var(--tone) 38%, transparent);
}
.banner .icon { width: 2.4rem; height: 2.4rem; margin-top: .1rem; }
.banner h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.02em; color: var(--tone); text-wrap: balance; }
.banner > div { min-width: 0; }
.banner p { margin: .3rem 0 0; }
.notice { margin-top: 1rem; padding: .9rem 1.15rem; border-radius: 12px; background: var(--card); border: 1px solid var(--line); border-inline-start: 4px solid var(--tone); }
.notice h2 { margin: 0; font-size: 1.05rem; color: var(--tone); }
.notice ul { list-style: none; margin: .35rem 0 0; padding: 0; color: var(--soft); font-size: .92rem; }
.announcement { margin: 0 0 1rem; }
.fresh { margin: .75rem .25rem 0; color: var(--soft); font-size: .9rem; }
section > h2 { margin: 2.25rem .25rem .75rem; font-size: 1.15rem; letter-spacing: -.01em; }
.note { color: var(--soft); font-size: .9rem; margin: 0; }
.rule { margin: .6rem .25rem 0; font-size: .82rem; }
.rows, .cards { list-style: none; margin: 0; padding: 0; }
.rows, .group { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.rows + .group, .group + .group { margin-top: .8rem; }
.group .rows { border: 0; border-top: 1px solid var(--line); border-radius: 0; background: none; }
.group:not([open]) { background: var(--card); }
.group > summary { position: relative; display: flex; flex-wrap: wrap; gap: .2rem .7rem; align-items: center; padding: .95rem 1.15rem; padding-inline-end: 2.75rem; cursor: pointer; border-radius: 14px; list-style: none; }
.group > summary::-webkit-details-marker { display: none; }
.group > summary::after { content: ""; position: absolute; inset-inline-end: 1.15rem; top: calc(50% - .25rem); width: .5rem; height: .5rem; margin: 0 .2rem; border: solid var(--soft); border-width: 0 2px 2px 0; transform: rotate(45deg) translate(-2px, -2px); }
.group[open] > summary::after { transform: rotate(225deg) translate(-1px, -1px); }
summary h3 { margin: 0; font-size: 1.05rem; min-width: 0; }
summary .state { margin-inline-start: auto; color: var(--tone); font-weight: 600; }
.rows > li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .1rem .85rem; align-items: center; padding: .95rem 1.15rem; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows .icon { grid-row: span 2; align-self: start; margin-top: .1rem; }
.rows h3, .rows h4 { margin: 0; font-size: 1rem; font-weight: 600; min-width: 0; }
.rows h3 a, .rows h4 a { color: inherit; text-decoration-color: transparent; }
.rows h3 a:hover, .rows h4 a:hover { text-decoration-color: inherit; }
.rows .verdict { color: var(--tone); font-weight: 600; text-align: end; align-self: start; }
.note b { color: var(--warn); font-weight: 600; }
.gap, .said { display: block; }
.said { color: var(--text); font-weight: 600; }
.since { text-align: end; white-space: nowrap; align-self: start; }
.votes { display: inline-flex; gap: 3px; margin-inline-end: .55rem; vertical-align: .02em; }
.votes i { width: .5rem; height: .8rem; border-radius: 2px; border: 1px solid var(--up); background: var(--up); }
.votes .f { border-color: var(--down); background: repeating-linear-gradient(45deg, var(--down) 0 2px, transparent 2px 4px); }
.votes .a { border: 1px dashed var(--none); background: none; }
.days { grid-column: 1 / -1; margin: .55rem 0 0; position: relative; }
.days fieldset { display: flex; gap: 2px; height: 2.1rem; margin: 0; padding: 0; border: 0; min-width: 0; }
.days input { font: inherit; appearance: none; flex: 1; min-width: 0; height: 100%; margin: 0; border-radius: 2px; background: var(--up); cursor: pointer; forced-color-adjust: none; }
.days .d1 { ${split('down', 40, 'up')}; }
.days .d2 { ${split('down', 70, 'up')}; }
.days .d3 { background: var(--down); }
.days .p { ${split('part', 55, 'up')}; }
.days .h { ${split('none', 55, 'up')}; }
.days .n { background: linear-gradient(transparent 60%, var(--none) 0); }
.days .m { background: linear-gradient(transparent 30%, var(--work) 0); }
.days .z { background: linear-gradient(transparent 80%, var(--none) 0); }
.days input:hover, .days input:checked { box-shadow: 0 0 0 1px var(--card), 0 0 0 2.5px var(--text); }
.days input:focus-visible { outline-offset: 1px; border-radius: 2px; }
.days p { display: flex; justify-content: space-between; gap: 0 .5rem; margin: .15rem 0 0; color: var(--soft); font-size: .82rem; line-height: 1.6; }
.days b { font-weight: 600; color: var(--text); }
.days input::after { content: attr(aria-label); display: none; position: absolute; inset: auto 0 0; padding: 0 .1rem; min-height: 1.6em; background: var(--card); color: var(--text); font-size: .82rem; line-height: 1.6; text-align: center; cursor: auto; }
.days input:hover::after, .days input:checked::after, .days input:focus-visible::after { display: block; }
.days input:focus-visible::after { z-index: 1; } .days input:hover::after { z-index: 2; }
.phone { display: none; }
.cards > li { background: var(--card); border: 1px solid var(--line); border-inline-start: 4px solid var(--tone); border-radius: 12px; padding: .9rem 1.15rem; }
.cards > li + li { margin-top: .7rem; }
.cards h2, .cards h3, .cards h4 { margin: 0; font-size: 1rem; font-weight: 600; }
.cards h2 a, .cards h3 a, .cards h4 a { color: inherit; }
.cards p { margin: .2rem 0 0; color: var(--soft); font-size: .92rem; }
.cards p b { color: var(--text); }
.source { display: inline-block; padding: 0 .45rem; border-radius: 6px; font-size: .78rem; font-weight: 600; color: var(--soft); background: var(--code); white-space: nowrap; }
.prose { margin: .35rem 0 0; }
.prose > :first-child { margin-top: 0; } .prose > :last-child { margin-bottom: 0; }
.prose p, .cards .prose p { margin: .5rem 0; color: inherit; font-size: 1rem; }
.prose pre { overflow-x: auto; } .prose :is(h3, h4, h5, h6) { margin: 1rem 0 .3rem; font-size: 1rem; }
.prose blockquote { margin: .5rem 0; padding-inline-start: .9rem; border-inline-start: 3px solid var(--line); color: var(--soft); }
.past > section { padding: .7rem .25rem; border-top: 1px solid var(--line); }
.past h3 { margin: 0 0 .3rem; font-size: .95rem; font-weight: 600; }
.past h3:has(+ .note) { display: inline-block; margin: 0; min-width: 11.5rem; } .past h3 + .note { display: inline; }
.past .cards { margin-top: .4rem; }
.plain { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.15rem 1.25rem; }
.plain p { margin: 0 0 .8rem; } .plain > :last-child { margin-bottom: 0; }
.plain > .days { margin: 0 0 1rem; }
.plain summary { cursor: pointer; color: var(--link); } .plain details table { margin-top: .5rem; }
footer { margin-top: 2.75rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; }
footer p { margin: 0 0 .3rem; }
pre, code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
code { background: var(--code); padding: .1em .35em; border-radius: 5px; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 10px; padding: .85rem 1rem; margin: .6rem 0; overflow-x: auto; overflow-wrap: normal; line-height: 1.45; }
pre code { background: none; padding: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th { text-align: start; font-weight: 600; color: var(--soft); }
th, td { padding: .5rem 0; padding-inline-end: .8rem; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
.figures td, .figures th + th { text-align: end; }
.figures td { white-space: nowrap; } .figures tr > :last-child { padding-inline-end: 0; }
.id { white-space: nowrap; }
.steps { list-style: none; margin: 0; }
.steps > li { position: relative; padding: 0 0 1.1rem; padding-inline-start: 1.6rem; }
.steps > li::before { content: ""; position: absolute; inset-inline-start: .25rem; top: .5rem; width: .6rem; height: .6rem; border-radius: 50%; background: var(--tone, var(--soft)); }
.steps > li::after { content: ""; position: absolute; inset-inline-start: .5rem; top: 1.3rem; bottom: -.3rem; border-inline-start: 2px solid var(--line); }
.steps > li:last-child { padding-bottom: 0; } .steps > li:last-child::after { display: none; }
.steps h3 { margin: 0; font-size: 1rem; } .plain .note { margin: 0 0 .6rem; } .plain .note:last-child { margin: 0; } .steps .note { margin: 0; }
.chart { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: .3rem .6rem; margin-bottom: 1rem; color: var(--soft); font-size: .78rem; line-height: 1; }
.chart svg { display: block; width: 100%; height: 14rem; overflow: visible; }
.chart .y { display: flex; flex-direction: column; justify-content: space-between; text-align: end; margin: -.4rem 0; white-space: nowrap; }
.chart .x { grid-column: 2; display: flex; justify-content: space-between; gap: .5rem; white-space: nowrap; direction: ltr; }
.grid { stroke: var(--line); vector-effect: non-scaling-stroke; }
.chart polyline, .swatch path { fill: none; stroke: inherit; stroke-width: 2; stroke-linejoin: round; vector-effect: non-scaling-stroke; }
.chart .dot { stroke-width: 7; stroke-linecap: round; stroke-dasharray: none; }
.swatch { width: 1.6rem; height: .6rem; margin-inline-end: .6rem; vertical-align: .08em; } .swatch path { stroke-width: 3; }
${DASHES.map((dash, index) => `.k${index} { stroke: var(--c${index}); stroke-dasharray: ${dash}; }`).join('\n')}
.choices { display: flex; flex-wrap: wrap; gap: .3rem; list-style: none; margin: 0 0 .8rem; padding: 0; font-size: .92rem; }
.choices a { display: block; padding: .25rem .7rem; border-radius: 8px; color: var(--soft); text-decoration: none; }
.choices a:hover { text-decoration: underline; }
.choices [aria-current] { color: var(--text); background: var(--code); font-weight: 600; }
.pager { display: flex; flex-wrap: wrap; justify-content: space-between; gap: .5rem; margin: 1.5rem .25rem 0; }
main > h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.02em; }
label { display: block; font-weight: 600; } input:not([type=radio]), select, textarea { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--none); border-radius: 8px; padding: .45rem .7rem; width: 100%; }
button, .button { font: inherit; font-weight: 600; min-height: 2.6rem; padding: .45rem 1.1rem; border: 1px solid var(--none); border-radius: 8px; background: var(--card); color: inherit; cursor: pointer; }
@media (max-width: 40rem) {
  .page { padding: 1rem .9rem 2.5rem; }
  .top nav { margin-inline-start: 0; width: 100%; }
  .banner { padding: 1.1rem; gap: .8rem; } .banner h1 { font-size: 1.3rem; } .banner .icon { width: 2rem; height: 2rem; }
  .rows > li { padding: .85rem .9rem; grid-template-columns: auto auto minmax(0, 1fr); }
  .rows .icon { grid-row: span 3; }
  .rows h3, .rows h4, .rows .note { grid-column: 2 / -1; }
  .rows .verdict { grid-row: 2; grid-column: 2; text-align: start; }
  .rows .since { grid-row: 2; grid-column: 3; text-align: start; white-space: normal; }
  .rows .unknown .icon { grid-row: span 4; }
  .rows .unknown .since { grid-row: auto; grid-column: 2 / -1; }
  .group > summary { padding: .85rem .9rem; padding-inline-end: 2.4rem; }
  summary .note { display: none; }
  .days input:nth-last-of-type(n + 31), .wide { display: none; }
  .phone { display: inline; }
  .days p { flex-wrap: wrap; } .days b { order: 1; width: 100%; text-align: center; }
  .past h3:has(+ .note) { display: block; }
  .figures { font-size: .85rem; } .figures .p99 { display: none; } .figures :is(th, td) { padding-inline-end: .5rem; }
  .swatch { width: 1rem; margin-inline-end: .35rem; }
}
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--soft); } }
${FORM_CSS}@media print {
  body, .page { background: none; max-width: none; padding: 0; } .skip, footer a, .top nav { display: none; }
  .days input, .icon, .swatch { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .rows > li, .cards > li, .past > section { break-inside: avoid; }
}
`;
