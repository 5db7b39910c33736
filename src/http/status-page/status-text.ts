// Owns the words of the public pages: which text of a language a verdict, a count or an incident gets. Pure.
// Does not own the texts: src/status-pages/languages does. Does not claim more than the votes show.
import type { EndReason } from '../../engine/model/state.ts';
import { en } from '../../status-pages/languages/en.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { PageState } from '../../status-pages/page-state.ts';
import type { IncidentRow } from '../../store/incidents.ts';
import type { Tone } from '../ui/icons.tsx';
import { type Condition, hasNoData, isDown, isOutage, isUnknownOutage } from './condition.ts';
import type { MonitorView } from './status-view.ts';

export interface StatusText {
  readonly tone: Tone;
  readonly words: string;
  readonly note: string;
  /** Shown with emphasis: a problem that does not change the verdict. */
  readonly caveat?: string;
  /** What has lasted since the monitor's `since`, without the duration. */
  readonly since: string;
}

/** One monitor: its status, and the results of its locations. `places` are the names of those that fail. */
export function monitorText(
  monitor: MonitorView,
  texts: Texts = en,
  places: string | null = null,
): StatusText {
  const { condition, maintenance } = monitor;
  const { lasting, noDataFor } = texts.row;
  const since = (isUnknownOutage(condition) ? noDataFor : lasting)('').trim();
  const text = rowText(monitor, texts, places);
  // An outage that began before the maintenance stays an outage.
  return maintenance && isOutage(condition)
    ? { ...text, since, caveat: texts.states.maintenance, note: `. ${text.note}` }
    : { ...text, since };
}

function rowText(monitor: MonitorView, texts: Texts, places: string | null): Omit<StatusText, 'since'> {
  const { condition, verdict, passing, failing, abstaining, neverChecked } = monitor;
  const { row, states } = texts;
  const all = passing + failing + abstaining;
  const missing = abstaining === 0 ? '' : row.notCounted(abstaining);
  const failures = row.failing(failing, all, null);
  const job = monitor.isHeartbeat ? jobText(condition, texts) : null;
  if (job !== null) return job;
  switch (condition) {
    case 'down':
      return { tone: 'bad', words: states.down, note: `${failures}${missing}` };
    case 'partial':
      return { tone: 'warn', words: states.partial, note: `${row.failing(failing, all, places)}${missing}` };
    case 'was_down':
      return { tone: 'bad', words: states.wasDown, note: reportingText(monitor, texts) };
    case 'was_partial':
      return { tone: 'warn', words: states.wasPartial, note: reportingText(monitor, texts) };
    case 'stopped':
      return { tone: 'no_data', words: states.noData, note: row.noRecentChecks };
    case 'no_data': {
      const note = neverChecked ? row.notCheckedYet : reportingText(monitor, texts);
      return { tone: 'no_data', words: states.noData, note };
    }
    case 'pending':
      return { tone: 'no_data', words: states.pending, note: row.firstChecks };
    case 'unstable':
      return { tone: 'warn', words: states.operational, note: '', caveat: row.unstable };
    case 'degraded':
      return degradedText(monitor, texts);
    case 'up':
      if (failing > 0) return { tone: 'good', words: states.operational, note: missing, caveat: failures };
      return { tone: 'good', words: states.operational, note: `${row.reachable(passing, all)}${missing}` };
    case 'maintenance': {
      const note = verdict === 'up' ? row.currentlyOperational : row.interruptions;
      return { tone: 'calm', words: states.maintenance, note };
    }
    case 'paused':
      return { tone: 'calm', words: states.paused, note: row.checksPaused };
    default:
      return condition satisfies never;
  }
}

/** Of a job that reports in: no location checks it. Null: the words of other monitors apply. */
function jobText(condition: Condition, { row, states }: Texts): Omit<StatusText, 'since'> | null {
  switch (condition) {
    case 'down':
      return { tone: 'bad', words: states.down, note: row.jobFails };
    case 'was_down':
      return { tone: 'bad', words: states.wasDown, note: row.noRecentChecks };
    case 'no_data':
      return { tone: 'no_data', words: states.noData, note: row.noRecentChecks };
    case 'pending':
      return { tone: 'no_data', words: states.pending, note: row.jobWaits };
    case 'up':
      return { tone: 'good', words: states.operational, note: row.jobReports };
    default:
      return null;
  }
}

function reportingText({ passing, failing, abstaining }: MonitorView, { row }: Texts): string {
  const reporting = passing + failing;
  return reporting === 0 ? row.noneReporting : row.reporting(reporting, reporting + abstaining);
}

/** A quarantined location reports, so "not reporting" would be wrong: it is not counted. */
function degradedText(monitor: MonitorView, { row, states }: Texts): Omit<StatusText, 'since'> {
  const { warnings, passing, failing, abstaining } = monitor;
  const list = warnings.map((code) => row.warnings[code]).join(', ');
  const caveat = `${list.charAt(0).toUpperCase()}${list.slice(1)}`;
  const missing = abstaining === 0 ? '' : row.notCounted(abstaining);
  const note = `${row.alsoReachable(passing, passing + failing + abstaining)}${missing}`;
  return { tone: 'warn', words: states.degraded, note, caveat };
}

export interface Headline {
  readonly tone: Tone;
  readonly words: string;
  readonly detail: string;
  /** An open incident without data: the time of its newest result. */
  readonly noDataSince?: number;
}

/** A service as the headline counts it. */
export type Counted = Pick<MonitorView, 'name' | 'condition' | 'since' | 'neverChecked' | 'isHeartbeat'>;

interface Whole {
  readonly monitors: readonly Counted[];
  readonly state: PageState;
  readonly stale: boolean;
  readonly hidden: number;
}

/** The whole page in one headline. */
export function overallText(view: Whole, texts: Texts = en): Headline {
  const { monitors, state, stale } = view;
  const { banner } = texts;
  if (monitors.length === 0) {
    return view.hidden > 0
      ? { tone: 'calm', words: banner.noPublic, detail: banner.noPublicDetail }
      : { tone: 'calm', words: banner.noServices, detail: banner.noServicesDetail };
  }
  const active = monitors.filter(({ condition }) => condition !== 'paused');
  const affected = active.filter(({ condition }) => isOutage(condition));
  if (affected.length > 0 && affected.every(({ condition }) => isUnknownOutage(condition)))
    return unknownText(affected, active, texts);
  // People can say that a service is degraded while nothing is measured.
  if (stale && affected.length === 0 && state !== 'degraded')
    return { tone: 'no_data', words: texts.states.noData, detail: banner.unknownNow };
  if (active.length === 0)
    return { tone: 'calm', words: banner.monitoringPaused, detail: banner.monitoringPausedDetail };
  if (active.every(({ condition }) => condition === 'pending'))
    return { tone: 'no_data', words: banner.waiting, detail: waitingText(active, texts) };
  if (active.every(({ neverChecked, condition }) => neverChecked && hasNoData(condition)))
    return { tone: 'no_data', words: texts.states.noData, detail: banner.neverChecked };
  return STATES[state](active, texts);
}

/** Incidents are open, but without data: the last known outage stays the subject. */
function unknownText(affected: readonly Counted[], active: readonly Counted[], texts: Texts): Headline {
  const { banner } = texts;
  const worst = affected.some(({ condition }) => isDown(condition)) ? 'down' : 'partial';
  const [first] = affected;
  const words =
    affected.length === 1 && first
      ? incidentTitle(first.name, worst, 'unknown', texts)
      : (worst === 'down' ? banner.wereDown : banner.werePartial)(affected.length);
  return {
    tone: worst === 'down' ? 'bad' : 'warn',
    words,
    detail: [banner.unknownNow, ...degradedTexts(active, texts)].join(' '),
    noDataSince: Math.min(...affected.map(({ since }) => since)),
  };
}

const isOfJobs = (active: readonly Counted[]): boolean => active.every(({ isHeartbeat }) => isHeartbeat);

/** The first checks of a location take a minute, the first report of a job as long as the job. */
const waitingText = (active: readonly Counted[], { banner, row }: Texts): string =>
  isOfJobs(active) ? row.jobWaits : banner.waitingDetail;

const unmeasuredText = (active: readonly Counted[], { banner, row }: Texts): string =>
  isOfJobs(active) ? row.noRecentChecks : banner.tooFewLocations;

const countOf = (active: readonly Counted[], is: (condition: Condition) => boolean): number =>
  active.filter(({ condition }) => is(condition)).length;

function affectedText(active: readonly Counted[], texts: Texts): string {
  const { banner } = texts;
  const unknown = countOf(active, isUnknownOutage);
  return [
    banner.affected(countOf(active, isOutage), active.length),
    ...(unknown === 0 ? [] : [banner.ofThemNoData(unknown)]),
    ...degradedTexts(active, texts),
  ].join(' ');
}

const degradedCount = (active: readonly Counted[]): number =>
  countOf(active, (condition) => condition === 'degraded');

/** None, or the sentence that counts them: an outage elsewhere does not hide that a service is degraded. */
function degradedTexts(active: readonly Counted[], { banner }: Texts): string[] {
  const degraded = degradedCount(active);
  return degraded === 0 ? [] : [banner.areDegraded(degraded, active.length)];
}

/** Every part of the services that is not up, each in a sentence, then the rest. */
function partsText(active: readonly Counted[], { banner }: Texts): string {
  const total = active.length;
  const parts = [
    [degradedCount(active), banner.areDegraded],
    [countOf(active, (condition) => condition === 'maintenance'), banner.underMaintenance],
    [countOf(active, hasNoData), banner.haveNoData],
    [countOf(active, (condition) => condition === 'pending'), banner.areNew],
  ] as const;
  const named = parts.filter(([count]) => count > 0);
  const rest = total - named.reduce((sum, [count]) => sum + count, 0);
  const sentences = named.map(([count, sentence]) => sentence(count, total));
  return [...sentences, ...(rest > 0 ? [banner.othersOperational] : [])].join(' ');
}

/** Nothing is measured there that counts, or nothing yet. */
const isAnyIdle = (active: readonly Counted[]): boolean =>
  countOf(active, (one) => hasNoData(one) || one === 'pending' || one === 'maintenance') > 0;

function operationalText(active: readonly Counted[], texts: Texts): Headline {
  const { banner } = texts;
  const total = active.length;
  const words = countOf(active, hasNoData) > 0 ? banner.noKnownOutages : banner.allOperational;
  if (isAnyIdle(active)) return { tone: 'good', words, detail: partsText(active, texts) };
  const degraded = degradedCount(active);
  const detail = degraded === 0 ? banner.servicesOperational(total) : banner.servicesUp(total, degraded);
  return { tone: 'good', words, detail };
}

const STATES: Record<PageState, (active: readonly Counted[], texts: Texts) => Headline> = {
  operational: operationalText,
  degraded: (active, texts) => ({
    tone: 'warn',
    words: texts.banner.degraded,
    detail: isAnyIdle(active)
      ? partsText(active, texts)
      : texts.banner.areDegraded(degradedCount(active), active.length),
  }),
  partial_outage: (active, texts) => ({
    tone: 'warn',
    words: texts.banner.partialOutage,
    detail: affectedText(active, texts),
  }),
  major_outage: (active, texts) => ({
    tone: 'bad',
    words: texts.banner.majorOutage,
    detail: affectedText(active, texts),
  }),
  maintenance: (active, texts) => ({
    tone: 'calm',
    words: texts.banner.maintenance,
    detail: partsText(active, texts),
  }),
  no_data: (active, texts) => ({
    tone: 'no_data',
    words: texts.states.noData,
    detail: active.every(({ condition }) => hasNoData(condition))
      ? unmeasuredText(active, texts)
      : partsText(active, texts),
  }),
};

export type Tense = 'now' | 'past' | 'unknown';

/** Without recent checks, it is unknown whether an open incident continues. */
export const incidentTense = (row: { readonly resolvedAt: number | null }, stale: boolean): Tense =>
  row.resolvedAt !== null ? 'past' : stale ? 'unknown' : 'now';

/** The heading of an incident. */
export const incidentTitle = (
  name: string,
  verdict: IncidentRow['verdict'],
  tense: Tense,
  { incidents }: Texts = en,
): string => (verdict === 'down' ? incidents.titleDown : incidents.titlePartial)[tense](name);

export const endReasonText = (reason: EndReason, { incidents }: Texts = en): string =>
  incidents.endReasons[reason];
