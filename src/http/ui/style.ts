// Owns the stylesheet of all pages, for light and dark, wide and narrow, and its path with a hash of the content.
import { contentHash } from './content-hash.ts';

export const CSS = `
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --line: #dfe3e8; --text: #161b22; --soft: #515c6b; --link: #1556b8;
  --good: #0f7040; --good-tint: #e5f4ec; --warn: #855000; --warn-tint: #fdf1da;
  --bad: #b01e1e; --bad-tint: #fdeaea; --no-data: #4a5363; --no-data-tint: #e9ecf1; --calm: #2a5ca8; --calm-tint: #e7effb;
  --code: #f0f2f5; --edge: #7c8796; --on-link: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0d1117; --card: #161b23; --line: #2b323d; --text: #e7ebf1; --soft: #a3aebd; --link: #86b7ff;
    --good: #5ed492; --good-tint: #10281c; --warn: #f2b84f; --warn-tint: #2d2211;
    --bad: #ff8f87; --bad-tint: #331717; --no-data: #b3bdcc; --no-data-tint: #20262f; --calm: #8fbaff; --calm-tint: #152339;
    --code: #1e252f; --edge: #6d7889; --on-link: #0d1117;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: break-word;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
}
a { color: var(--link); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -99rem; top: 0; padding: .6rem 1rem; background: var(--card); z-index: 1; }
.skip:focus { left: .5rem; top: .5rem; }
.page { max-width: 47rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
.top { display: flex; align-items: center; gap: .6rem; margin-bottom: 1.5rem; }
.top p, .top h1 { margin: 0; font-size: 1.05rem; font-weight: 650; letter-spacing: -.01em; }
.top a { color: inherit; text-decoration: none; }
.top a:hover { text-decoration: underline; }
.mark { width: 1.6rem; height: 1.6rem; flex: none; color: var(--calm); }
.icon { width: 1.35rem; height: 1.35rem; flex: none; }
.good { --tone: var(--good); --tint: var(--good-tint); }
.warn { --tone: var(--warn); --tint: var(--warn-tint); }
.bad { --tone: var(--bad); --tint: var(--bad-tint); }
.no_data { --tone: var(--no-data); --tint: var(--no-data-tint); }
.calm { --tone: var(--calm); --tint: var(--calm-tint); }
.banner {
  display: flex; gap: 1rem; align-items: flex-start; padding: 1.35rem 1.4rem; border-radius: 14px;
  background: var(--tint); border: 1px solid color-mix(in srgb, var(--tone) 38%, transparent);
}
.banner .icon { width: 2.4rem; height: 2.4rem; color: var(--tone); margin-top: .1rem; }
.banner h1, .banner h2 { margin: 0; font-size: 1.55rem; line-height: 1.25; letter-spacing: -.02em; color: var(--tone); text-wrap: balance; }
.banner > div { min-width: 0; }
.banner p { margin: .3rem 0 0; }
.notice { margin-top: 1rem; padding: .9rem 1.15rem; border-radius: 12px; background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone); }
.notice > h2 { margin: 0; font-size: 1rem; color: var(--tone); }
.notice ul { list-style: none; margin: .35rem 0 0; padding: 0; color: var(--soft); font-size: .92rem; }
.fresh { margin: .75rem .25rem 0; color: var(--soft); font-size: .9rem; }
section > h2 { margin: 2.25rem .25rem .75rem; font-size: 1.1rem; letter-spacing: -.01em; }
.cards, .rows { list-style: none; margin: 0; padding: 0; }
.rows { background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
.rows > li { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .15rem .85rem; align-items: center; padding: .95rem 1.15rem; }
.rows > li + li { border-top: 1px solid var(--line); }
.rows .icon { color: var(--tone); grid-row: span 2; }
.rows h3 { margin: 0; font-size: 1rem; font-weight: 600; min-width: 0; }
.verdict { color: var(--tone); font-weight: 600; text-align: right; }
.note { color: var(--soft); font-size: .9rem; margin: 0; }
.gap { display: block; }
.note b { color: var(--warn); font-weight: 600; }
.since { text-align: right; white-space: nowrap; }
.id { white-space: nowrap; }
.votes { display: inline-flex; gap: 3px; margin-right: .55rem; vertical-align: .02em; }
.votes i { width: .5rem; height: .8rem; border-radius: 2px; border: 1px solid var(--good); background: var(--good); }
.votes .f { border-color: var(--bad); background: repeating-linear-gradient(45deg, var(--bad) 0 2px, transparent 2px 4px); }
.votes .a { border: 1px dashed var(--no-data); background: none; }
.cards > li { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--tone); border-radius: 12px; padding: .9rem 1.15rem; }
.cards > li + li { margin-top: .7rem; }
.cards h3 { margin: 0; font-size: 1rem; font-weight: 600; }
.cards h3 a { color: inherit; }
.cards p { margin: .2rem 0 0; color: var(--soft); font-size: .92rem; }
.plain { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.15rem 1.25rem; }
.plain p { margin: 0 0 .8rem; } .plain > :last-child { margin-bottom: 0; }
footer { margin-top: 2.75rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; }
footer p { margin: 0 0 .3rem; }
pre, code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .88em; }
code { background: var(--code); padding: .1em .35em; border-radius: 5px; }
pre { background: var(--code); border: 1px solid var(--line); border-radius: 10px; padding: .85rem 1rem; margin: .6rem 0; overflow-x: auto; overflow-wrap: normal; line-height: 1.45; }
pre code { background: none; padding: 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .5rem .8rem .5rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child > * { border-bottom: 0; }
th[scope=row] { width: 1%; white-space: nowrap; padding-right: 1.5rem; }
.steps { list-style: none; margin: 0; padding-top: .7rem; padding-bottom: .7rem; }
.steps li { display: grid; grid-template-columns: 13rem minmax(0, 1fr); gap: .2rem 1rem; padding: .45rem 0; }
.steps li + li { border-top: 1px solid var(--line); }
.steps span { color: var(--soft); }
.reference { max-width: 68rem; }
.reference .columns { display: grid; grid-template-columns: 14rem minmax(0, 1fr); gap: 2.5rem; align-items: start; }
.reference .toc { position: sticky; top: 1rem; max-height: calc(100vh - 2rem); overflow-y: auto; font-size: .92rem; }
.toc ul { list-style: none; margin: 0 0 .9rem; padding: 0; } .toc li { padding: .12rem 0; }
.toc h2 { margin: 0 0 .25rem; font-size: .78rem; text-transform: uppercase; letter-spacing: .06em; color: var(--soft); }
.toc a { text-decoration: none; } .toc a:hover { text-decoration: underline; }
.operation { background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.15rem 1.25rem; margin: 0 0 1rem; scroll-margin-top: 1rem; }
.operation h3 { margin: 0; font-size: 1.05rem; } .operation h4 { margin: 1.1rem 0 .25rem; font-size: .9rem; color: var(--soft); }
.route { margin: .35rem 0 .6rem; }
.method { display: inline-block; font-weight: 700; font-size: .78rem; letter-spacing: .04em; padding: .1rem .5rem; border-radius: 6px; margin-right: .5rem; color: var(--tone); background: var(--tint); }
.must { color: var(--bad); font-size: .85em; white-space: nowrap; }
.narrow { max-width: 30rem; }
.narrow main > h1 { margin: 0 0 1rem; font-size: 1.55rem; line-height: 1.25; letter-spacing: -.02em; }
.rule { margin: 1.5rem 0 0; }
.report th, .report td { white-space: nowrap; } .report th[scope=row] { white-space: normal; overflow-wrap: anywhere; min-width: 8rem; width: auto; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sections { margin: -.5rem 0 1.75rem; padding-bottom: .6rem; border-bottom: 1px solid var(--line); }
.sections ul { display: flex; flex-wrap: wrap; gap: .25rem; list-style: none; margin: 0 0 0 -.7rem; padding: 0; }
.sections a { display: block; padding: .35rem .7rem; border-radius: 8px; color: var(--soft); text-decoration: none; }
.sections a:hover { color: var(--text); text-decoration: underline; }
.sections a[aria-current] { color: var(--text); background: var(--code); font-weight: 600; }
.sign-out { display: flex; gap: .8rem; align-items: center; justify-content: flex-end; margin-left: auto; min-width: 0; }
.sign-out span { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; color: var(--soft); font-size: .9rem; }
.top .sign-out { font-size: 1rem; font-weight: 400; letter-spacing: 0; }
.sign-out button, .sign-out .button { flex: none; }
.field { margin: 0 0 1rem; }
.field label, legend { display: block; font-weight: 600; margin: 0 0 .15rem; padding: 0; }
.field .note { margin: 0 0 .35rem; }
fieldset { border: 0; margin: 0 0 1rem; padding: 0; min-width: 0; }
.choice { display: flex; gap: .6rem; align-items: baseline; padding: .2rem 0; }
.choice label { font-weight: 400; }
form > .choice { margin-bottom: .9rem; }
.error { margin: .3rem 0 0; color: var(--bad); font-size: .92rem; }
input, select, button, .button { font: inherit; color: inherit; border-radius: 8px; border: 1px solid var(--edge); }
input:not([type=checkbox], [type=radio]), select { display: block; width: 100%; max-width: 28rem; min-height: 2.6rem; padding: .4rem .7rem; background: var(--card); }
.narrow input:not([type=checkbox], [type=radio]), .narrow select { max-width: none; }
input[aria-invalid] { border-color: var(--bad); }
button, .button { display: inline-block; min-height: 2.6rem; padding: .45rem 1.1rem; font-weight: 600; cursor: pointer; text-decoration: none; text-align: center; background: var(--card); }
button:hover, .button:hover { border-color: var(--text); }
.primary { background: var(--link); border-color: var(--link); color: var(--on-link); }
.danger { color: var(--bad); border-color: color-mix(in srgb, var(--bad) 55%, transparent); }
.quiet { min-height: 2.2rem; padding: .25rem .8rem; font-weight: 500; }
.narrow .plain + .plain { margin-top: 1rem; }
.narrow button, .narrow .button { width: 100%; }
.stack > * + * { margin-top: .7rem; }
.plain .or { display: flex; gap: .8rem; align-items: center; margin: 1.1rem 0; color: var(--soft); font-size: .9rem; }
.or::before, .or::after { content: ""; flex: 1; border-top: 1px solid var(--line); }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)); gap: 0 1.5rem; align-items: start; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .3rem 0 0; }
.fresh + .actions { margin-top: .75rem; }
.message { display: flex; gap: .8rem; align-items: flex-start; margin: 0 0 1.25rem; }
.message .icon { color: var(--tone); margin-top: .1rem; } .message > div { min-width: 0; flex: 1; } .message p { margin: 0 0 .3rem; }
.once { display: block; padding: .7rem .9rem; margin: .5rem 0; overflow-wrap: anywhere; user-select: all; font-size: 1rem; }
.list { list-style: none; margin: 0; padding: 0; }
.list > li { padding: .9rem 1.15rem; background: var(--card); border: 1px solid var(--line); border-bottom-width: 0; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; }
.list > li:first-child { border-radius: 14px 14px 0 0; } .list > li:last-child { border-bottom-width: 1px; border-radius: 0 0 14px 14px; } .list > li:only-child { border-radius: 14px; }
.list > li > div { min-width: 0; flex: 1 1 16rem; } .list p { margin: 0; }
.list h2, .list h3 { margin: 0; font-size: 1rem; font-weight: 600; } .list h2 a, .list h3 a { color: inherit; }
.badge { display: inline-block; padding: .05rem .5rem; border-radius: 6px; font-size: .8rem; font-weight: 600; color: var(--tone); background: var(--tint); vertical-align: .08em; white-space: nowrap; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .35rem 1.5rem; margin: 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.capital::first-letter { text-transform: uppercase; }
details.plain { margin-top: 1rem; } details.plain > form { margin-top: .9rem; }
.changes code { overflow-wrap: anywhere; }
details > summary { cursor: pointer; color: var(--link); }
.plain h2 { margin: 0 0 .6rem; font-size: 1.1rem; } .plain + .plain, section > .plain + .plain { margin-top: 1rem; }
.qr { display: block; width: 100%; max-width: 14rem; height: auto; margin: .4rem 0 .8rem; border: 1px solid var(--line); border-radius: 8px; }
.codes { columns: 15rem auto; column-gap: 2.5rem; margin: 1rem 0; padding-left: 2.2rem; } .codes li { margin: 0 0 .35rem; break-inside: avoid; } .codes code { white-space: nowrap; user-select: all; }
details { margin: 0 0 1rem; } .list details { margin: .1rem 0 0; }
.plain > form + p, .plain > .stack + .note { margin-top: .9rem; }
.plain .error { margin-top: .4rem; } .plain + .message, .list + .plain { margin-top: 1rem; }
@media (max-width: 56rem) {
  .reference .columns { grid-template-columns: minmax(0, 1fr); gap: 1rem; }
  .reference .toc { position: static; max-height: none; columns: 2; }
}
@media (max-width: 34rem) {
  .page { padding: 1rem .9rem 2.5rem; }
  .banner { padding: 1.1rem; gap: .8rem; } .banner h1, .banner h2 { font-size: 1.3rem; } .banner .icon { width: 2rem; height: 2rem; }
  .rows > li { padding: .85rem .9rem; grid-template-columns: auto auto minmax(0, 1fr); }
  .rows .icon { grid-row: span 3; align-self: start; margin-top: .1rem; }
  .rows h3, .rows .note { grid-column: 2 / -1; }
  .rows .verdict { grid-row: 2; grid-column: 2; text-align: left; }
  .rows .since { grid-row: 2; grid-column: 3; text-align: left; white-space: normal; }
  .rows .unknown .icon { grid-row: span 4; }
  .rows .unknown .since { grid-row: auto; grid-column: 2 / -1; }
  .steps li { grid-template-columns: minmax(0, 1fr); }
  .sections ul { gap: .15rem; margin-left: -.45rem; } .sections a { padding: .35rem .45rem; font-size: .95rem; }
  .changes { table-layout: fixed; } .changes th:first-child { width: 36%; } .changes th:nth-child(2) { width: 26%; } .changes th[scope=row] { width: auto; white-space: normal; overflow-wrap: anywhere; padding-right: .8rem; }
  .facts { grid-template-columns: minmax(0, 1fr); gap: 0; } .facts dd { margin-bottom: .5rem; }
}
@media (prefers-contrast: more) { :root { --soft: var(--text); --line: var(--soft); } }
@media print { body { background: none; } .skip, .sections, .sign-out, .unprinted { display: none; } .scroll { overflow: visible; } .report { font-size: .75rem; } .report tr { break-inside: avoid; } h2 { break-after: avoid; } }
`;

export const STYLE_PATH = `/assets/probemesh-${contentHash(CSS)}.css`;
