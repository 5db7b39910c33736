// Owns who may use which route: one table for the API and the pages. A route that is not listed is closed.
// Does not enforce it: authorize.ts does.
import type { Role } from '../../access/role.ts';
import { DASHBOARD_RULES } from '../dashboard/page-rules.ts';
import { pageRules } from '../pages/page-rules.ts';

/**
 * `public`: every visitor, without credentials. `page`: a route of status pages, which each have their own access: see
 * ../pages/page-access.ts. `signed_in`: every person who signed in, about themselves. A role: people and
 * keys with at least that role. `whole`: only people and keys without a restriction by tag.
 */
export type Rule = 'public' | 'page' | 'signed_in' | Role | { readonly role: Role; readonly whole: true };

const whole = (role: Role): Rule => ({ role, whole: true });

/** By method and path as the router writes them. */
export const RULES: Readonly<Record<string, Rule>> = {
  // Each page has its own access.
  ...pageRules([
    ...['GET /', 'GET /incidents/:id', 'GET /monitors/:id', 'GET /history', 'GET /history/:month'],
    ...['GET /access', 'POST /access', 'GET /access/mail', 'POST /access/mail', 'GET /access/hand-over'],
    ...['GET /subscribe', 'POST /subscribe', 'GET /subscribe/manage', 'POST /subscribe/manage'],
    ...['GET /subscribe/confirm', 'POST /subscribe/confirm', 'GET /unsubscribe', 'POST /unsubscribe'],
    ...['GET /feed.rss', 'GET /feed.atom', 'GET /feed.json', 'GET /maintenance.ics'],
    ...['GET /api/v2/summary.json', 'GET /api/v2/status.json', 'GET /api/v2/components.json'],
    ...['GET /api/v2/incidents.json', 'GET /api/v2/incidents/unresolved.json'],
    ...['GET /api/v2/scheduled-maintenances.json', 'GET /api/v2/scheduled-maintenances/upcoming.json'],
    ...['GET /api/v2/scheduled-maintenances/active.json'],
    ...['GET /badges/:file', 'GET /badges/:component/:file', 'GET /embed', 'GET /index.md', 'GET /llms.txt'],
  ]),
  'GET /healthz': 'public',
  'GET /metrics': 'viewer',
  // A signature is the permission: of a link that was sent to a channel, or of the channel's vendor.
  'GET /acknowledge/:token': 'public',
  'POST /acknowledge/:token': 'public',
  'POST /interactions/slack/:channelId': 'public',
  'POST /interactions/pagerduty/:channelId': 'public',
  'GET /api/v1/status': 'public',
  'GET /api/v1/openapi.json': 'public',
  'GET /api/v1/docs': 'public',

  'GET /api/v1/monitors': 'viewer',
  'POST /api/v1/monitors': 'editor',
  'GET /api/v1/monitors/:id': 'viewer',
  'PATCH /api/v1/monitors/:id': 'editor',
  'DELETE /api/v1/monitors/:id': 'editor',
  'GET /api/v1/monitors/:id/explain': 'viewer',

  'GET /api/v1/monitors/:id/history': 'viewer',
  'GET /api/v1/monitors/:id/uptime': 'viewer',
  'GET /api/v1/monitors/:id/incidents': 'viewer',
  'GET /api/v1/uptime': 'viewer',
  'GET /api/v1/exports/observations': 'viewer',
  'GET /api/v1/exports/days': 'viewer',
  'GET /api/v1/exports/incidents': 'viewer',
  'GET /api/v1/reports/:period': 'viewer',
  'GET /api/v1/report-schedules': 'viewer',
  'POST /api/v1/report-schedules': 'editor',
  'GET /api/v1/report-schedules/:id': 'viewer',
  'PATCH /api/v1/report-schedules/:id': 'editor',
  'DELETE /api/v1/report-schedules/:id': 'editor',

  'GET /api/v1/channels': 'viewer',
  'POST /api/v1/channels': 'editor',
  'GET /api/v1/channels/:id': 'viewer',
  'PATCH /api/v1/channels/:id': 'editor',
  'DELETE /api/v1/channels/:id': 'editor',
  'POST /api/v1/channels/:id/test': 'editor',
  'POST /api/v1/channels/preview': 'viewer',

  'GET /api/v1/routes': 'viewer',
  'POST /api/v1/routes': 'editor',
  'PUT /api/v1/routes/order': 'editor',
  'GET /api/v1/routing-preview': 'viewer',
  'GET /api/v1/routes/:id': 'viewer',
  'PATCH /api/v1/routes/:id': 'editor',
  'DELETE /api/v1/routes/:id': 'editor',

  'GET /api/v1/settings': 'viewer',
  'PATCH /api/v1/settings': 'admin',

  'GET /api/v1/maintenances': 'viewer',
  'POST /api/v1/maintenances': 'editor',
  'GET /api/v1/maintenances/:id': 'viewer',
  'PATCH /api/v1/maintenances/:id': 'editor',
  'POST /api/v1/maintenances/:id/end': 'editor',
  'DELETE /api/v1/maintenances/:id': 'editor',

  'GET /api/v1/silences': 'viewer',
  'POST /api/v1/silences': 'responder',
  'GET /api/v1/silences/:id': 'viewer',
  'PATCH /api/v1/silences/:id': 'responder',
  'POST /api/v1/silences/:id/end': 'responder',
  'DELETE /api/v1/silences/:id': 'responder',

  'GET /api/v1/schedules': 'viewer',
  'POST /api/v1/schedules': 'editor',
  'GET /api/v1/schedules/:id': 'viewer',
  'PATCH /api/v1/schedules/:id': 'editor',
  'DELETE /api/v1/schedules/:id': 'editor',
  'GET /api/v1/schedules/:id/on-call': 'viewer',
  'GET /api/v1/schedules/:id/shifts': 'viewer',
  // People who are on call swap turns themselves.
  'POST /api/v1/schedules/:id/overrides': 'responder',
  'DELETE /api/v1/schedules/:id/overrides/:overrideId': 'responder',

  'GET /api/v1/status-pages': 'viewer',
  'POST /api/v1/status-pages': 'editor',
  'GET /api/v1/status-pages/:id': 'viewer',
  'PATCH /api/v1/status-pages/:id': 'editor',
  'DELETE /api/v1/status-pages/:id': 'editor',

  'GET /api/v1/incidents': 'viewer',
  'GET /api/v1/incidents/:id': 'viewer',
  'POST /api/v1/incidents/:id/acknowledge': 'responder',
  'POST /api/v1/incidents/:id/unacknowledge': 'responder',
  'POST /api/v1/incidents/:id/snooze': 'responder',
  'POST /api/v1/incidents/:id/comments': 'responder',

  // Words for readers. The service lets only editors delete what readers have seen.
  'GET /api/v1/public-incidents': 'viewer',
  'POST /api/v1/public-incidents': 'responder',
  'GET /api/v1/public-incidents/:id': 'viewer',
  'PATCH /api/v1/public-incidents/:id': 'responder',
  'DELETE /api/v1/public-incidents/:id': 'responder',
  'POST /api/v1/public-incidents/:id/publish': 'responder',
  'POST /api/v1/public-incidents/:id/updates': 'responder',
  'PATCH /api/v1/public-incidents/:id/updates/:updateId': 'responder',
  'DELETE /api/v1/public-incidents/:id/updates/:updateId': 'responder',
  'PUT /api/v1/public-incidents/:id/postmortem': 'responder',
  'DELETE /api/v1/public-incidents/:id/postmortem': 'responder',
  'GET /api/v1/announcements': 'viewer',
  'POST /api/v1/announcements': 'responder',
  'GET /api/v1/announcements/:id': 'viewer',
  'PATCH /api/v1/announcements/:id': 'responder',
  'DELETE /api/v1/announcements/:id': 'responder',
  // Addresses of people, of all pages.
  'GET /api/v1/subscribers': whole('editor'),
  'POST /api/v1/subscribers': whole('editor'),
  'DELETE /api/v1/subscribers/:id': whole('editor'),
  'GET /api/v1/subscribers/export': whole('editor'),
  'POST /api/v1/subscribers/import': whole('editor'),
  'GET /api/v1/update-templates': 'viewer',
  'POST /api/v1/update-templates': whole('editor'),
  'GET /api/v1/update-templates/:id': 'viewer',
  'PATCH /api/v1/update-templates/:id': whole('editor'),
  'DELETE /api/v1/update-templates/:id': whole('editor'),

  'GET /api/v1/locations': 'viewer',
  'GET /api/v1/deliveries': 'viewer',
  'GET /api/v1/deliveries/:notificationId/:channelId': 'viewer',
  'POST /api/v1/deliveries/:notificationId/:channelId/redeliver': 'responder',
  // It runs a conversation with any target, and can use stored secrets of a monitor.
  'POST /api/v1/check': 'editor',
  // It notifies everyone whom an outage of the monitor would notify.
  'POST /api/v1/drill': 'editor',
  'GET /api/v1/health': whole('viewer'),
  'GET /api/v1/settings/location-names': 'viewer',
  'PUT /api/v1/settings/location-names': 'admin',
  'GET /api/v1/settings/heartbeat': whole('viewer'),
  'PUT /api/v1/settings/heartbeat': 'admin',
  'DELETE /api/v1/settings/heartbeat': 'admin',
  'GET /api/v1/configuration': whole('viewer'),
  'PUT /api/v1/configuration': whole('editor'),
  'POST /api/v1/state/rebuild': 'admin',

  'GET /api/v1/me': 'viewer',
  // People see their own sessions only, admins those of every person.
  'GET /api/v1/sessions': 'viewer',
  'DELETE /api/v1/sessions/:id': 'viewer',

  'GET /api/v1/people': 'admin',
  'POST /api/v1/people': 'admin',
  'GET /api/v1/people/:id': 'admin',
  'PATCH /api/v1/people/:id': 'admin',
  'DELETE /api/v1/people/:id': 'admin',
  'POST /api/v1/people/:id/invitation': 'admin',

  'GET /api/v1/api-keys': 'admin',
  'POST /api/v1/api-keys': 'admin',
  'GET /api/v1/api-keys/:id': 'admin',
  'PATCH /api/v1/api-keys/:id': 'admin',
  'POST /api/v1/api-keys/:id/rotate': 'admin',
  'POST /api/v1/api-keys/:id/revoke': 'admin',

  'GET /api/v1/identity-providers': 'admin',
  'POST /api/v1/identity-providers': 'admin',
  'GET /api/v1/identity-providers/:id': 'admin',
  'PATCH /api/v1/identity-providers/:id': 'admin',
  'DELETE /api/v1/identity-providers/:id': 'admin',

  'GET /api/v1/audit-entries': 'admin',
  'GET /api/v1/audit-entries/export': 'admin',
  'GET /api/v1/audit-entries/verification': 'admin',

  'GET /sign-in': 'public',
  'POST /sign-in/password': 'public',
  'GET /sign-in/code': 'public',
  'POST /sign-in/code': 'public',
  'POST /sign-in/passkey/options': 'public',
  'POST /sign-in/passkey': 'public',
  'GET /sign-in/oidc/:provider': 'public',
  'GET /sign-in/oidc/:provider/callback': 'public',
  'GET /setup': 'public',
  'POST /setup': 'public',
  'GET /invitation': 'public',
  'POST /invitation/passkey/options': 'public',
  'POST /invitation/passkey': 'public',
  'POST /invitation/password': 'public',
  'GET /signed-out': 'public',
  'POST /sign-out': 'signed_in',

  ...DASHBOARD_RULES,
  'GET /dashboard': 'signed_in',
  'GET /dashboard/account': 'signed_in',
  'POST /dashboard/account/contacts': 'signed_in',
  'POST /dashboard/account/sessions/:id/revoke': 'signed_in',
  'POST /dashboard/account/sessions/revoke-others': 'signed_in',
  'POST /dashboard/account/passkeys/options': 'signed_in',
  'POST /dashboard/account/passkeys': 'signed_in',
  'POST /dashboard/account/passkeys/:id/remove': 'signed_in',
  'GET /dashboard/account/password': 'signed_in',
  'POST /dashboard/account/password': 'signed_in',
  'POST /dashboard/account/recovery-codes': 'signed_in',

  'GET /dashboard/reports': 'viewer',

  'GET /dashboard/people': 'admin',
  'POST /dashboard/people': 'admin',
  'GET /dashboard/people/:id': 'admin',
  'POST /dashboard/people/:id': 'admin',
  'POST /dashboard/people/:id/invitation': 'admin',
  'POST /dashboard/people/:id/delete': 'admin',
  'GET /dashboard/keys': 'admin',
  'POST /dashboard/keys': 'admin',
  'GET /dashboard/keys/:id': 'admin',
  'POST /dashboard/keys/:id/rotate': 'admin',
  'POST /dashboard/keys/:id/revoke': 'admin',
  'GET /dashboard/audit': 'admin',
};
