// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-TB46B763.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-BMGTXZYP.css',
  'world.svg': '/assets/dashboard/world-E2ZYJACP.svg',
  'app.js': '/assets/dashboard/app-4WIIEJDH.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-UKEHYVAK.css',
  'world.svg': '/assets/dashboard/world-BR5443ZM.svg',
  'dashboard.css': '/assets/dashboard/dashboard-LM4IJS7Z.css',
  'dashboard.css': '/assets/dashboard/dashboard-7B4JU7O5.css',
  'app.js': '/assets/dashboard/app-4N62SQRO.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-CHHGSC5I.css',
} as const;
