// Owns the page for a change that a service refused: why, and the way back. Does not decide what is refused.
import type { Context } from 'hono';
import type { ValidationError, VersionError } from '../../result.ts';
import type { HttpEnv } from '../context.ts';
import { dashboardPage } from './dashboard-layout.tsx';
import { Notice } from './notice.tsx';

type Refused = ValidationError | VersionError;

const STATUS = {
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  precondition_failed: 409,
  invalid: 422,
} as const;

export interface WayBack {
  readonly path: string;
  /** `all people` */
  readonly label: string;
}

export function showRefusal(c: Context<HttpEnv>, error: Refused, back: WayBack) {
  const isMissing = error.kind === 'not_found';
  return dashboardPage(
    c,
    {
      title: isMissing ? 'Not found' : 'Nothing was changed',
      content: (
        <>
          <Notice tone="bad" title={isMissing ? 'It does not exist, or not any more.' : messageOf(error)} />
          <p>
            <a href={back.path}>Go to {back.label}</a>
          </p>
        </>
      ),
    },
    STATUS[error.kind],
  );
}

const messageOf = ({ kind, message }: Refused): string =>
  kind === 'precondition_failed'
    ? 'Another request has changed this meanwhile. Open the page again and repeat the change.'
    : message;

/** The box before something that cannot be undone was not ticked: browsers ask for it, other clients do not. */
export const needsConfirmation = (c: Context<HttpEnv>, back: WayBack) =>
  showRefusal(c, { kind: 'invalid', path: ['confirm'], message: 'Tick the box to confirm.' }, back);
