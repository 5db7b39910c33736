// Owns the paths of the static assets of the dashboard. `npm run build:assets` writes this file.

export const ASSET_PATHS = {
  'app.js': '/assets/dashboard/app-UDK5J62B.js',
  'chart.js': '/assets/dashboard/chart-ON6TSIAD.js',
  'dashboard.css': '/assets/dashboard/dashboard-OKHDKYUZ.css',
  'app.js': '/assets/dashboard/app-J4X37TL5.js',
  'chart.js': '/assets/dashboard/chart-FIABGMUN.js',
  'dashboard.css': '/assets/dashboard/dashboard-CL455KF6.css',
  'app.js': '/assets/dashboard/app-4WIIEJDH.js',
  'chart.js': '/assets/dashboard/chart-3IAJK4M4.js',
  'dashboard.css': '/assets/dashboard/dashboard-NY66U7YS.css',
  'dashboard.css': '/assets/dashboard/dashboard-Z7K7YBSN.css',
} as const;
