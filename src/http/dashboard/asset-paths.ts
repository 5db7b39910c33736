// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-Q732TYGV.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-A7ZUQVUU.css',
} as const;
