// Owns the charts of the dashboard: it draws what a page has in `data-chart`. Does not ask for data by itself.
export {};
