// Owns the style of the forms on status pages: those of subscribers. Apart from the bars, which are made of inputs too.

export const FORM_CSS = `
.plain form:not(.days) + form { margin-top: 1.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
.plain section > h2 { margin-inline: 0; }
.plain form:not(.days) + section, .plain form:not(.days) + p { margin-top: 1.25rem; }
.plain .field { margin: 0 0 1rem; } .plain .field label, .plain legend { display: block; font-weight: 600; padding: 0; }
.plain form:not(.days) fieldset { border: 0; margin: 0 0 1rem; padding: 0; min-width: 0; }
.plain .choice { display: flex; gap: .6rem; align-items: baseline; padding: .2rem 0; min-width: 0; }
.plain .choice input { flex: none; width: auto; margin: 0; }
.plain .choice label { font-weight: 400; min-width: 0; overflow-wrap: anywhere; }
.plain form .error { margin: .3rem 0 0; color: var(--bad); font-size: .92rem; }
.plain .field input, .plain .field select, .plain form button, .plain .button { font: inherit; color: inherit; border-radius: 8px; border: 1px solid var(--soft); }
.plain .field input, .plain .field select { display: block; width: 100%; max-width: 28rem; min-height: 2.6rem; padding: .4rem .7rem; background: var(--card); }
.plain .field input[aria-invalid] { border-color: var(--bad); }
.plain form button, .plain .button { display: inline-block; min-height: 2.6rem; padding: .45rem 1.1rem; font-weight: 600; cursor: pointer; text-decoration: none; background: var(--card); }
.plain form .primary { background: var(--link); border-color: var(--link); color: var(--card); }
.plain .message { display: flex; gap: .8rem; align-items: flex-start; margin: 0 0 1.25rem; } .plain .message .icon { color: var(--tone); }
`;
