// Owns what all pages about notifications share: the tabs, paths, and the message of a form that is out of date.
import type { Context } from 'hono';
import type { HttpEnv } from '../../context.ts';
import type { ApiResponse } from '../call-api.ts';
import { Notice } from '../notice.tsx';
import { Tabs } from '../parts/parts.tsx';
import { showRefusal } from '../refusal.tsx';

export const CHANNELS = '/dashboard/channels';
export const ROUTES = '/dashboard/routes';
export const SCHEDULES = '/dashboard/schedules';
export const DELIVERIES = '/dashboard/deliveries';
export const WHO = '/dashboard/routes/_who-would-be-notified';

export const pathOf = (base: string, id: string): string => `${base}/${encodeURIComponent(id)}`;

const TABS = [
  { path: CHANNELS, label: 'Channels' },
  { path: ROUTES, label: 'Routes' },
  { path: SCHEDULES, label: 'Schedules' },
  { path: DELIVERIES, label: 'Deliveries' },
];

export const SectionTabs = ({ current }: { current: string }) => (
  <Tabs tabs={TABS} current={current} label="Notifications" />
);

export const isStale = ({ status }: Pick<ApiResponse, 'status'>): boolean => status === 412;

/** Another person was faster. The form below has what was typed, and the newest version. */
export const StaleNotice = ({ what, path }: { what: string; path: string }) => (
  <Notice
    tone="bad"
    title={`Another person has changed the ${what} since you opened this page. Nothing was saved.`}
  >
    <p>
      <a href={path}>Open the page again</a> to see the change. To replace it with what you typed, save once
      more.
    </p>
  </Notice>
);

/** At the top of a form that was refused. Errors of fields stand at their field. */
export const RefusedNotice = ({ errors }: { errors: ApiResponse['errors'] }) => {
  const count = Object.keys(errors).filter((path) => path !== 'form').length;
  return (
    <Notice tone="bad" title={errors.form ?? 'Nothing was saved.'}>
      {count === 0 ? null : <p>{count === 1 ? 'One field needs' : `${count} fields need`} a change.</p>}
    </Notice>
  );
};

/** The page for a change that the API refused and that has no form to show the reason in. */
export const showApiRefusal = (
  c: Context<HttpEnv>,
  { status, detail }: Pick<ApiResponse, 'status' | 'detail'>,
  back: { readonly path: string; readonly label: string },
) =>
  showRefusal(
    c,
    {
      kind:
        status === 404
          ? 'not_found'
          : status === 403
            ? 'forbidden'
            : status === 412
              ? 'precondition_failed'
              : status === 409
                ? 'conflict'
                : 'invalid',
      path: [],
      message: detail,
    } as never,
    back,
  );

/** `If-Match` of the version that a form was drawn with. */
export const ifMatch = (version: string | undefined): Record<string, string> =>
  version === undefined || !/^\d{1,15}$/.test(version) ? {} : { 'if-match': `"${version}"` };
