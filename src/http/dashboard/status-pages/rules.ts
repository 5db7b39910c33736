// Owns who may use the pages of status pages and what people write on them: see src/http/access/rules.ts.
import { type Rules, whole } from '../../access/rule.ts';

/** As those of the API that each page calls. A page for a new entry is that of the id `_new`, which no entry can have. */
export const STATUS_PAGES_RULES: Rules = {
  'GET /dashboard/status-pages': 'viewer',
  'POST /dashboard/status-pages': 'editor',
  'GET /dashboard/status-pages/:id': 'viewer',
  'POST /dashboard/status-pages/:id': 'editor',
  'POST /dashboard/status-pages/:id/delete': 'editor',
  'GET /dashboard/preview/status-page': 'editor',
  'POST /dashboard/preview/status-page': 'editor',
  'GET /dashboard/preview/words': 'viewer',
  'POST /dashboard/preview/words': 'responder',

  'GET /dashboard/public-incidents': 'viewer',
  'POST /dashboard/public-incidents': 'responder',
  'GET /dashboard/public-incidents/:id': 'viewer',
  'POST /dashboard/public-incidents/:id': 'responder',
  'POST /dashboard/public-incidents/:id/updates': 'responder',
  'GET /dashboard/public-incidents/:id/updates/:updateId': 'responder',
  'POST /dashboard/public-incidents/:id/updates/:updateId': 'responder',
  'POST /dashboard/public-incidents/:id/updates/:updateId/delete': 'responder',
  'POST /dashboard/public-incidents/:id/publish': 'responder',
  'POST /dashboard/public-incidents/:id/delete': 'responder',
  'POST /dashboard/public-incidents/:id/postmortem': 'responder',

  'GET /dashboard/announcements': 'viewer',
  'POST /dashboard/announcements': 'responder',
  'GET /dashboard/announcements/:id': 'viewer',
  'POST /dashboard/announcements/:id': 'responder',
  'POST /dashboard/announcements/:id/end': 'responder',
  'POST /dashboard/announcements/:id/delete': 'responder',

  'GET /dashboard/update-templates': 'viewer',
  'POST /dashboard/update-templates': whole('editor'),
  'GET /dashboard/update-templates/:id': 'viewer',
  'POST /dashboard/update-templates/:id': whole('editor'),
  'POST /dashboard/update-templates/:id/delete': whole('editor'),

  'GET /dashboard/subscribers': whole('editor'),
  'POST /dashboard/subscribers': whole('editor'),
  'POST /dashboard/subscribers/import': whole('editor'),
  'POST /dashboard/subscribers/:id/delete': whole('editor'),

  'GET /dashboard/report-schedules': 'viewer',
  'POST /dashboard/report-schedules': 'editor',
  'GET /dashboard/report-schedules/:id': 'viewer',
  'POST /dashboard/report-schedules/:id': 'editor',
  'POST /dashboard/report-schedules/:id/delete': 'editor',
};
