// Owns the style of the form `copy`, beside that of status pages. No state of a copy is green: a file does not know how old it is.
export const COPY_CSS = `
.known { --tone: var(--no-data); --tint: var(--no-data-tint); }
.banner h1 small { display: block; font-size: .95rem; font-weight: 500; letter-spacing: 0; line-height: 1.5; }
.copy { margin: 0 .25rem 1rem; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.banner .other { margin-top: .75rem; padding-top: .6rem; border-top: 1px solid color-mix(in srgb, var(--tone) 25%, transparent); font-size: .92rem; }
.banner + .announcement { margin-top: 1rem; }
.rows .asof { display: block; }
`;
