// Owns the stylesheet of the embedded status, and its path with a hash of the content. The frame of another site shows
// through: the page has no background of its own.
import { contentHash } from '../ui/content-hash.ts';

const DARK = '--text: #e7ebf1; --soft: #a3aebd; --line: #3a434f';

export const EMBED_CSS = `
:root { color-scheme: light dark; --text: #161b22; --soft: #515c6b; --line: #c9d0d9; }
@media (prefers-color-scheme: dark) { :root:not(.light) { ${DARK}; } }
:root.light { color-scheme: light; } :root.dark { color-scheme: dark; ${DARK}; }
body { margin: 0; color: var(--text); font: 14px/1.4 system-ui, sans-serif; overflow-wrap: anywhere; }
a { display: flex; gap: .6rem; padding: .6rem .75rem; border: 1px solid var(--line); border-radius: 8px; color: inherit; text-decoration: none; }
a:hover h1 { text-decoration: underline; }
a:focus-visible { outline: 3px solid; outline-offset: -3px; }
i { flex: none; width: .8rem; height: .8rem; margin-top: .2rem; border-radius: 50%; background: #0f7040; }
.warn i { border-radius: 0; background: #c27803; } .bad i { border-radius: 2px; background: #c81e1e; }
.calm i { background: #2a5ca8; } .no_data i { background: none; border: 2px dashed var(--soft); box-sizing: border-box; }
h1 { margin: 0; font: inherit; font-weight: 600; } small { display: block; color: var(--soft); font-size: .86rem; }
`;

export const EMBED_STYLE_PATH = `/assets/embed-${contentHash(EMBED_CSS)}.css`;
