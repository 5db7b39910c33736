// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-FY5H5AYW.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-W6CA6DUO.css',
} as const;
