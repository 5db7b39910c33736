// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-WSB2KNDN.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-FUOP2Y2U.css',
  'world.svg': '/assets/dashboard/world-BR5443ZM.svg',
} as const;
