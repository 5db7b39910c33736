// Owns the pages of channels, routes, schedules and deliveries.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpEnv } from '../../context.ts';
import { addChannelPages } from './channel-routes.tsx';
import { addDeliveryPages } from './delivery-routes.tsx';
import { addRoutePages } from './route-routes.tsx';
import { addSchedulePages } from './schedule-routes.tsx';
import { addWhoPage } from './who-routes.tsx';

export function addNotificationPages(app: OpenAPIHono<HttpEnv>): void {
  addChannelPages(app);
  // Before the route with an id.
  addWhoPage(app);
  addRoutePages(app);
  addSchedulePages(app);
  addDeliveryPages(app);
}
