// Owns the differences between the pages of maintenances and those of silences.
import type { WindowKind } from '../../../store/windows.ts';

export const WINDOWS_PATH = '/dashboard/maintenance';

interface Kind {
  readonly kind: WindowKind;
  readonly list: string;
  /** The pages of one are below. */
  readonly base: string;
  readonly new: string;
  readonly restore: string;
  readonly api: string;
  readonly plural: string;
  readonly Name: string;
}

export const KINDS = {
  maintenance: {
    kind: 'maintenance',
    list: WINDOWS_PATH,
    base: `${WINDOWS_PATH}/maintenances`,
    new: `${WINDOWS_PATH}/new`,
    restore: `${WINDOWS_PATH}/restore-maintenance`,
    api: '/api/v1/maintenances',
    plural: 'Maintenances',
    Name: 'Maintenance',
  },
  silence: {
    kind: 'silence',
    list: `${WINDOWS_PATH}/silences`,
    base: `${WINDOWS_PATH}/silences`,
    new: `${WINDOWS_PATH}/new-silence`,
    restore: `${WINDOWS_PATH}/restore-silence`,
    api: '/api/v1/silences',
    plural: 'Silences',
    Name: 'Silence',
  },
} as const satisfies Record<WindowKind, Kind>;

export type KindOfPage = (typeof KINDS)[WindowKind];

export const windowPath = (kind: WindowKind, id: string): string =>
  `${KINDS[kind].base}/${encodeURIComponent(id)}`;

/** With the fields of a query that are not empty. */
export const hrefWith = (path: string, query: Readonly<Record<string, string>>): string => {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString();
  return text === '' ? path : `${path}?${text}`;
};
