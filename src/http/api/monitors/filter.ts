// Owns the filters of the list of monitors. A filter by state reads the rows that it returns, not all of them.
import { z } from 'zod';
import { checkTypes } from '../../../../probes/checks/catalogue.ts';
import { HEARTBEAT_TYPE } from '../../../engine/model/heartbeat.ts';
import { findMonitors, listMonitors, type MonitorRow } from '../../../store/monitors.ts';

import { hasTag } from '../../../tags.ts';
import { type MeshSnapshot, monitorStatus } from '../../monitor-status.ts';
import { encodedHost, filterFlag, filterTexts, filterValues, isFound, searchSchema } from '../filters.ts';
import { tagSelectorSchema } from '../tags.ts';

export const monitorsQuery = z.strictObject({
  verdict: filterValues('verdict', ['up', 'partial', 'down', 'no_data']),
  tag: filterTexts(
    tagSelectorSchema,
    'Filter by tag: `name`, which any value matches, or `name:value`. Repeated: monitors that have all of them.',
    'team:shop',
  ),
  q: searchSchema('the name, the id or the host'),
  type: filterValues('type of check', [...checkTypes, HEARTBEAT_TYPE]),
  paused: filterFlag('Filter by whether checks are paused.'),
  public: filterFlag('Filter by whether the public status page shows the monitor.'),
});
type MonitorsQuery = z.output<typeof monitorsQuery>;

/** By name. */
export async function filterMonitors(
  db: D1Database,
  query: MonitorsQuery,
  loadMesh: () => Promise<MeshSnapshot>,
): Promise<{ readonly rows: readonly MonitorRow[]; readonly mesh: MeshSnapshot }> {
  const { verdict, paused } = query;
  if (verdict === undefined && paused === undefined) {
    const [rows, mesh] = await Promise.all([listMonitors(db), loadMesh()]);
    return { rows: rows.filter((row) => matches(row, query, mesh)), mesh };
  }
  // The state has the verdicts. It is one read, whatever the number of monitors.
  const mesh = await loadMesh();
  const numbers = [...mesh.state.monitors.values()]
    .filter(({ policy }) => paused === undefined || policy.paused === paused)
    .map(({ number }) => number)
    .filter((number) => hasVerdict(number, verdict, mesh));
  const found = await findMonitors(db, new Set(numbers));
  const rows = [...found.values()].filter((row) => matches(row, query, mesh)).sort(byName);
  return { rows, mesh };
}

function hasVerdict(number: number, wanted: MonitorsQuery['verdict'], mesh: MeshSnapshot): boolean {
  return (
    wanted === undefined || wanted.includes(monitorStatus(mesh, { number, updatedAt: 0 }, mesh.now).verdict)
  );
}

function matches(row: MonitorRow, query: MonitorsQuery, mesh: MeshSnapshot): boolean {
  const { tag = [], q, type, paused } = query;
  return (
    tag.every((wanted) => hasTag(row.tags, wanted)) &&
    (type === undefined || type.includes(row.check.type)) &&
    (paused === undefined || row.paused === paused) &&
    (query.public === undefined || row.public === query.public) &&
    hasVerdict(row.number, query.verdict, mesh) &&
    isFound(q, [row.name, row.id, ...hostsOf(row)])
  );
}

/** Whatever the check calls its target, as it was written and as it is sent. */
function hostsOf({ check }: MonitorRow): string[] {
  const { host, server, name, url } = check;
  const ofUrl = typeof url === 'string' ? /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] : undefined;
  const written = [host, server, name, ofUrl].filter((one): one is string => typeof one === 'string');
  return [...written, ...written.flatMap((one) => encodedHost(one) ?? [])];
}

const byName = (a: MonitorRow, b: MonitorRow): number =>
  a.name === b.name ? a.number - b.number : a.name < b.name ? -1 : 1;
