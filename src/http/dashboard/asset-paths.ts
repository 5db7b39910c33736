// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-4WIIEJDH.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-KFME52UL.css',
  'world.svg': '/assets/dashboard/world-BR5443ZM.svg',
} as const;
