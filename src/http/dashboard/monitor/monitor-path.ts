// Owns the addresses of the pages of one monitor. Pure.

export const pathOf = (id: string, page = ''): string =>
  `/dashboard/monitors/${encodeURIComponent(id)}${page}`;
