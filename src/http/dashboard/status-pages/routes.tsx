// Owns the pages of status pages and what people write on them, and of the schedules of reports.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addAnnouncementPages } from './announcement-pages.tsx';
import { addPublicIncidentPages } from './incident-routes.tsx';
import { addStatusPagePages } from './page-routes.tsx';
import { addPreviews } from './preview-routes.tsx';
import { addReportSchedulePages } from './schedule-pages.tsx';
import { addSubscriberPages } from './subscriber-pages.tsx';
import { addUpdateTemplatePages } from './template-pages.tsx';

export function addStatusPageEditorPages(app: OpenAPIHono<HttpEnv>): void {
  addStatusPagePages(app);
  addPreviews(app);
  addPublicIncidentPages(app);
  addAnnouncementPages(app);
  addUpdateTemplatePages(app);
  addSubscriberPages(app);
  addReportSchedulePages(app);
}
