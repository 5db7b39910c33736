// Owns short messages at the top of a page: what was done, or what went wrong. Does not decide which.
import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { HttpEnv } from '../context.ts';
import { Icon } from '../ui/icons.tsx';

interface NoticeProps {
  readonly tone: 'good' | 'warn' | 'bad' | 'calm';
  readonly title: string;
  readonly children?: Child;
}

/** A screen reader reads a refusal at once (`alert`), and a success when it is idle (`status`). */
export const Notice = ({ tone, title, children }: NoticeProps) => (
  <div class={`notice message ${tone}`} role={tone === 'bad' ? 'alert' : 'status'}>
    <Icon tone={tone} />
    <div>
      <p>
        <strong>{title}</strong>
      </p>
      {children}
    </div>
  </div>
);

/** What the form before this page did: `?done=<name>`, after a redirect. Only names of `texts` show anything. */
export const Done = ({ c, texts }: { c: Context<HttpEnv>; texts: Readonly<Record<string, string>> }) => {
  const name = c.req.query('done') ?? '';
  return Object.hasOwn(texts, name) ? <Notice tone="good" title={texts[name]!} /> : null;
};
