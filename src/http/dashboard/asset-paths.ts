// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-J4X37TL5.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-BGUCT5E3.css',
  'world.svg': '/assets/dashboard/world-E2ZYJACP.svg',
} as const;
