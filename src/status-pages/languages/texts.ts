// Owns which texts a language has. A new language is one file of this shape, and one line in index.ts.
// A text that contains a time or a link gets it as a string: the pages put the element in its place.
import type { Impact, UpdateStatus } from '../model.ts';

/** Words of states: of a service, of a group, of the page. */
export interface StateTexts {
  readonly operational: string;
  readonly degraded: string;
  readonly partial: string;
  readonly down: string;
  readonly maintenance: string;
  readonly noData: string;
  readonly pending: string;
  readonly paused: string;
  readonly wasDown: string;
  readonly wasPartial: string;
}

/** A sentence whose subject is a number of the services: `2 of 5 services are …`, `The service is …`. */
export type PartOfServices = (count: number, total: number) => string;

export interface Texts {
  /** BCP 47: of the element `html`, and of a page's setting. */
  readonly tag: string;
  /** BCP 47 with the region, for dates and numbers. */
  readonly locale: string;
  readonly direction: 'ltr' | 'rtl';
  /** Units of durations, the largest first. */
  readonly units: {
    readonly day: string;
    readonly hour: string;
    readonly minute: string;
    readonly second: string;
  };
  readonly frame: {
    readonly skip: string;
    readonly defaultTitle: string;
    readonly timesIn: (zone: string) => string;
    readonly refreshes: (seconds: number) => string;
    readonly turnOff: string;
    readonly refreshOff: string;
    readonly turnOn: string;
    readonly poweredBy: (name: string) => string;
    readonly status: string;
    readonly statusAsJson: string;
    readonly apiReference: string;
    readonly history: string;
    readonly feed: string;
    readonly calendar: string;
    readonly subscribe: string;
    readonly moreLinks: string;
    readonly backToStatus: string;
  };
  readonly states: StateTexts;
  readonly banner: {
    readonly noPublic: string;
    readonly noPublicDetail: string;
    readonly noServices: string;
    readonly noServicesDetail: string;
    readonly unknownNow: string;
    readonly monitoringPaused: string;
    readonly monitoringPausedDetail: string;
    readonly waiting: string;
    readonly waitingDetail: string;
    readonly neverChecked: string;
    readonly tooFewLocations: string;
    readonly allOperational: string;
    readonly noKnownOutages: string;
    readonly degraded: string;
    readonly partialOutage: string;
    readonly majorOutage: string;
    readonly maintenance: string;
    readonly wereDown: (count: number) => string;
    readonly werePartial: (count: number) => string;
    readonly affected: PartOfServices;
    readonly ofThemNoData: (count: number) => string;
    readonly underMaintenance: PartOfServices;
    readonly haveNoData: PartOfServices;
    readonly areNew: PartOfServices;
    readonly areDegraded: PartOfServices;
    readonly othersOperational: string;
    readonly servicesOperational: (total: number) => string;
    readonly servicesUp: (total: number, degraded: number) => string;
    readonly since: (time: string) => string;
    readonly checked: (ago: string, locations: number) => string;
    readonly notChecked: string;
    readonly noChecksSince: (time: string) => string;
    readonly noDataSince: (time: string) => string;
  };
  readonly impaired: {
    readonly heading: string;
    /** By code of the health API. A code that is missing here is shown in the English words of the API. */
    readonly reasons: Readonly<Record<string, string>>;
  };
  readonly row: {
    readonly heading: string;
    readonly failing: (failing: number, all: number, places: string | null) => string;
    readonly notCounted: (count: number) => string;
    readonly noneReporting: string;
    readonly reporting: (count: number, all: number) => string;
    readonly noRecentChecks: string;
    readonly notCheckedYet: string;
    readonly firstChecks: string;
    readonly unstable: string;
    readonly reachable: (passing: number, all: number) => string;
    readonly alsoReachable: (passing: number, all: number) => string;
    readonly currentlyOperational: string;
    readonly interruptions: string;
    readonly checksPaused: string;
    readonly warnings: Readonly<Record<'latency' | 'loss' | 'certificate' | 'address', string>>;
    readonly lasting: (duration: string) => string;
    readonly noDataFor: (duration: string) => string;
    readonly gap: (duration: string, until: string) => string;
    readonly notMeasured: string;
    readonly said: (impact: string) => string;
    readonly inGroup: (count: number) => string;
  };
  readonly bars: {
    readonly label: (name: string) => string;
    readonly oldest: (days: number) => string;
    readonly today: string;
    readonly uptime: (percent: string, days: number) => string;
    readonly noUptime: string;
    readonly day: (date: string, text: string) => string;
    readonly noDowntime: string;
    readonly down: (duration: string) => string;
    readonly partial: (duration: string) => string;
    readonly noData: string;
    readonly noDataFor: (duration: string) => string;
    readonly maintenance: (duration: string) => string;
    readonly paused: string;
    readonly notMonitored: string;
    readonly rule: string;
  };
  readonly incidents: {
    readonly open: string;
    readonly past: (days: number) => string;
    readonly none: string;
    readonly noOthers: string;
    readonly noneOn: string;
    readonly noneBetween: string;
    readonly titleDown: Readonly<Record<'now' | 'past' | 'unknown', (name: string) => string>>;
    readonly titlePartial: Readonly<Record<'now' | 'past' | 'unknown', (name: string) => string>>;
    readonly titleDeleted: string;
    readonly started: (time: string) => string;
    readonly lasted: (duration: string) => string;
    readonly ongoing: (duration: string) => string;
    readonly maybeOver: (time: string) => string;
    readonly locations: (places: string) => string;
    readonly components: (names: string) => string;
    readonly endReasons: Readonly<
      Record<
        'paused' | 'deleted' | 'target_changed' | 'disabled' | 'too_few_locations' | 'regional_problem',
        string
      >
    >;
    readonly measured: string;
    readonly fromTeam: string;
    readonly impacts: Readonly<Record<Impact, string>>;
    readonly statuses: Readonly<Record<UpdateStatus, string>>;
    readonly allUpdates: (count: number) => string;
  };
  readonly incident: {
    readonly lasted: (duration: string) => string;
    readonly ongoing: (duration: string) => string;
    readonly maybeOver: (time: string) => string;
    readonly timeline: string;
    readonly firstFailure: string;
    readonly confirmed: string;
    readonly acknowledged: string;
    readonly recovered: string;
    readonly closed: string;
    readonly updates: string;
    readonly affected: string;
    readonly results: string;
    readonly resultsTable: string;
    readonly resultsExpired: string;
    readonly location: string;
    readonly vote: string;
    readonly result: string;
    readonly votes: Readonly<Record<'failing' | 'passing' | 'abstaining', string>>;
    /** By failure code of the API. */
    readonly codes: Readonly<Record<string, string>>;
    readonly ok: string;
    readonly phases: Readonly<Record<'dns' | 'connect' | 'tls' | 'reply', string>>;
    readonly postmortem: string;
    readonly published: (time: string) => string;
  };
  readonly maintenance: {
    readonly running: string;
    readonly upcoming: string;
    readonly none: string;
    readonly until: (time: string) => string;
    readonly starts: (time: string, duration: string) => string;
    readonly wasFrom: (time: string, duration: string) => string;
    readonly affectsAll: string;
    readonly affects: (names: string) => string;
    readonly repeats: (count: number) => string;
  };
  readonly announcement: { readonly heading: string; readonly until: (time: string) => string };
  readonly monitor: {
    readonly days: (count: number) => string;
    readonly dayTable: string;
    readonly date: string;
    readonly event: string;
    readonly latency: string;
    readonly latencyNone: string;
    readonly latencyChart: (range: string) => string;
    readonly range: string;
    readonly ranges: Readonly<Record<'24h' | '7d' | '90d', string>>;
    readonly milliseconds: (value: string) => string;
    readonly median: string;
    readonly percentile: (p: number) => string;
    readonly locations: string;
    readonly uptime: string;
    readonly noIncidents: (days: number) => string;
    readonly timesWithout: string;
  };
  readonly archive: {
    readonly heading: string;
    readonly of: (month: string) => string;
    readonly earlier: (month: string) => string;
    readonly later: (month: string) => string;
    readonly none: string;
    readonly months: string;
  };
}
