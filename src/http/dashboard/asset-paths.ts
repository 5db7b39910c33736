// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-GNX6IXDW.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-CQNGN6FG.css',
  'world.svg': '/assets/dashboard/world-BR5443ZM.svg',
  'app.js': '/assets/dashboard/app-4N62SQRO.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-YWFSMF3E.css',
  'dashboard.css': '/assets/dashboard/dashboard-BGUCT5E3.css',
  'world.svg': '/assets/dashboard/world-E2ZYJACP.svg',
} as const;
