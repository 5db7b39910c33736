// Owns who may use the pages of channels, routes, schedules and deliveries: see src/http/access/rules.ts.
import type { Rules } from '../../access/rule.ts';

export const NOTIFICATIONS_RULES: Rules = {
  'GET /dashboard/channels': 'viewer',
  'POST /dashboard/channels': 'editor',
  'GET /dashboard/channels/_new': 'editor',
  // A preview, which changes nothing.
  'POST /dashboard/channels/_new': 'editor',
  'GET /dashboard/channels/:id': 'viewer',
  'POST /dashboard/channels/:id': 'editor',
  'GET /dashboard/channels/:id/edit': 'editor',
  'POST /dashboard/channels/:id/edit': 'editor',
  'POST /dashboard/channels/:id/test': 'editor',
  'POST /dashboard/channels/:id/state': 'editor',
  'POST /dashboard/channels/:id/default': 'admin',
  'POST /dashboard/channels/:id/delete': 'editor',

  'GET /dashboard/routes': 'viewer',
  'POST /dashboard/routes': 'editor',
  'GET /dashboard/routes/_new': 'editor',
  'GET /dashboard/routes/_who-would-be-notified': 'viewer',
  'GET /dashboard/routes/:id': 'viewer',
  'POST /dashboard/routes/:id': 'editor',
  'POST /dashboard/routes/:id/move': 'editor',
  'POST /dashboard/routes/:id/delete': 'editor',

  'GET /dashboard/schedules': 'viewer',
  'POST /dashboard/schedules': 'editor',
  'GET /dashboard/schedules/_new': 'editor',
  'GET /dashboard/schedules/:id': 'viewer',
  'POST /dashboard/schedules/:id': 'editor',
  'GET /dashboard/schedules/:id/edit': 'editor',
  'POST /dashboard/schedules/:id/overrides': 'responder',
  'POST /dashboard/schedules/:id/overrides/:overrideId/delete': 'responder',
  'POST /dashboard/schedules/:id/delete': 'editor',

  'GET /dashboard/deliveries': 'viewer',
  'GET /dashboard/deliveries/:notificationId/:channelId': 'viewer',
  'POST /dashboard/deliveries/:notificationId/:channelId/redeliver': 'responder',
};
