// Owns the incidents of a page: what probes measured and what people wrote, each named as such, and joined where people say
// that both are the same. Pure. Does not show an incident of a component that the page does not have.
import type { ComponentImpact, ComponentRef, Impact, StatusPage } from '../../status-pages/model.ts';
import { worstImpact } from '../../status-pages/page-state.ts';
import { concernsPage, isOnPage, monitorRef } from '../../status-pages/shown-on.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { PublicIncident } from '../../store/public-incidents.ts';
import type { PageIncident } from './page-view.ts';

interface Sources {
  readonly page: StatusPage;
  /** Every component of the page with its name. */
  readonly names: ReadonlyMap<ComponentRef, string>;
  /** Of monitors of the page, with current names. */
  readonly measured: readonly IncidentRow[];
  /** Those of `measured` that are planned work: shown only where people refer to them. */
  readonly planned: ReadonlySet<string>;
  readonly published: readonly PublicIncident[];
}

/** Open ones first, then the others, newest first. */
export function pageIncidents({ page, names, measured, planned, published }: Sources): PageIncident[] {
  const byId = new Map(measured.map((row) => [row.id, row]));
  const told = published
    .filter((row) => isOnPage(row.pages, page.id) && isAboutPage(row, names, byId))
    .map((row) => toldIncident(row, names, byId));
  const joined = new Set(told.flatMap((one) => one.measured.map(({ id }) => id)));
  const alone = page.config.lead === 'probes' ? measured : [];
  return [
    ...told,
    ...alone.filter(({ id }) => !joined.has(id) && !planned.has(id)).map(measuredIncident),
  ].sort(openFirst);
}

const openFirst = (a: PageIncident, b: PageIncident): number =>
  Number(a.resolvedAt !== null) - Number(b.resolvedAt !== null) ||
  b.startedAt - a.startedAt ||
  (a.id < b.id ? 1 : -1);

/** Of one that names no component, the measured incidents decide. */
function isAboutPage(
  row: PublicIncident,
  names: ReadonlyMap<ComponentRef, string>,
  measured: ReadonlyMap<string, IncidentRow>,
): boolean {
  const refs = [...row.components, ...row.updates.flatMap(({ components }) => components)];
  if (refs.length === 0 && row.incidents.length > 0) return row.incidents.some((id) => measured.has(id));
  return concernsPage(refs, new Set(names.keys()));
}

function toldIncident(
  row: PublicIncident,
  names: ReadonlyMap<ComponentRef, string>,
  byId: ReadonlyMap<string, IncidentRow>,
): PageIncident {
  const onPage = (impacts: readonly ComponentImpact[]): ComponentImpact[] =>
    impacts.filter(({ component }) => names.has(component));
  const measured = row.incidents
    .flatMap((id) => byId.get(id) ?? [])
    .sort((a, b) => a.startedAt - b.startedAt);
  const isOpen = row.resolvedAt === null;
  const said = onPage(row.components);
  const ever = [...said, ...row.updates.flatMap(({ components }) => onPage(components))];
  const fromProbes = measured.filter(({ resolvedAt }) => !isOpen || resolvedAt === null).map(impactOfRow);
  const components = worstOfEach([...(isOpen ? said : ever), ...fromProbes]);
  return {
    ...{ id: row.id, title: row.title, status: row.status },
    sources: measured.length > 0 || row.origin === 'probes' ? ['probes', 'people'] : ['people'],
    impact: worstImpact(components.map(({ impact }) => impact)),
    ...{ startedAt: row.startedAt, resolvedAt: row.resolvedAt, said, measured },
    components: components.flatMap((one) => {
      const name = names.get(one.component);
      return name === undefined ? [] : [{ ...one, name }];
    }),
    updates: row.updates.map(({ id, at, status, body, components: own }) => ({
      ...{ id, at, status, body, components: onPage(own) },
    })),
    postmortem:
      row.postmortem === null ? null : { at: row.postmortemAt ?? row.updatedAt, body: row.postmortem },
  };
}

/** An incident without words of people. */
export const measuredIncident = (row: IncidentRow): PageIncident => ({
  ...{ id: row.id, title: row.monitorName, sources: ['probes'], impact: impactOfRow(row).impact },
  status: row.resolvedAt === null ? 'investigating' : 'resolved',
  ...{ startedAt: row.startedAt, resolvedAt: row.resolvedAt, said: [], updates: [], postmortem: null },
  components: [{ ...impactOfRow(row), name: row.monitorName }],
  measured: [row],
});

const impactOfRow = ({ monitorId, verdict }: IncidentRow): ComponentImpact => ({
  component: monitorRef(monitorId),
  impact: verdict === 'down' ? 'major' : 'partial',
});

function worstOfEach(impacts: readonly ComponentImpact[]): ComponentImpact[] {
  const byRef = new Map<ComponentRef, Impact>();
  for (const { component, impact } of impacts)
    byRef.set(component, worstImpact([byRef.get(component) ?? impact, impact]));
  return [...byRef].map(([component, impact]) => ({ component, impact }));
}
