// Owns the sections of the dashboard, in the order of the navigation. A person sees those that RULES let them open.
import type { SectionIcon } from './section-icons.tsx';

export interface Section {
  readonly path: string;
  readonly label: string;
  readonly icon: SectionIcon;
  /** Paths of pages that belong to the section, beside those below its own. */
  readonly also?: readonly string[];
}

export const SECTIONS: readonly (readonly Section[])[] = [
  [
    { path: '/dashboard', label: 'Overview', icon: 'overview' },
    { path: '/dashboard/monitors', label: 'Monitors', icon: 'monitors' },
    { path: '/dashboard/incidents', label: 'Incidents', icon: 'incidents' },
    { path: '/dashboard/locations', label: 'Locations', icon: 'locations' },
  ],
  [
    {
      path: '/dashboard/channels',
      label: 'Notifications',
      icon: 'notifications',
      also: ['/dashboard/routes', '/dashboard/schedules', '/dashboard/deliveries'],
    },
    { path: '/dashboard/maintenance', label: 'Maintenance', icon: 'maintenance' },
    {
      path: '/dashboard/status-pages',
      label: 'Status pages',
      icon: 'pages',
      also: [
        '/dashboard/public-incidents',
        '/dashboard/announcements',
        '/dashboard/subscribers',
        '/dashboard/update-templates',
      ],
    },
    { path: '/dashboard/reports', label: 'Reports', icon: 'reports', also: ['/dashboard/report-schedules'] },
  ],
  [
    { path: '/dashboard/configuration', label: 'Configuration', icon: 'configuration' },
    { path: '/dashboard/audit', label: 'Audit log', icon: 'audit' },
    {
      path: '/dashboard/settings',
      label: 'Settings',
      icon: 'settings',
      also: ['/dashboard/people', '/dashboard/keys', '/dashboard/identity-providers'],
    },
    { path: '/dashboard/account', label: 'Account', icon: 'account' },
  ],
];

const isWithin = (pathname: string, path: string): boolean =>
  pathname === path || (path !== '/dashboard' && pathname.startsWith(`${path}/`));

export const isCurrent = ({ path, also = [] }: Section, pathname: string): boolean =>
  [path, ...also].some((one) => isWithin(pathname, one));
