// Owns which texts a language has. A new language is one file of this shape, and one line in index.ts.
// More than 300 lines, because a language has one shape.
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
    /** No locations: only jobs that report in are shown. */
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
    /** Of a job that reports in. */
    readonly jobFails: string;
    readonly jobReports: string;
    readonly jobWaits: string;
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
  /** Mails, and the pages on which readers sign up, confirm, change and end a subscription. */
  readonly subscribers: {
    readonly maintenance: Readonly<
      Record<'planned' | 'changed' | 'ended' | 'cancelled', (name: string) => string>
    > & { readonly begins: string; readonly ends: string };
    readonly mail: {
      readonly read: string;
      readonly measuredDown: (name: string) => string;
      readonly measuredUp: (name: string) => string;
      readonly measuredDownBody: string;
      readonly measuredUpBody: string;
      readonly andMore: (count: number) => string;
      readonly confirmSubject: (name: string) => string;
      readonly confirmBody: (name: string) => string;
      readonly confirmLink: string;
      readonly alreadySubject: (name: string) => string;
      readonly alreadyBody: (name: string) => string;
      readonly reason: (name: string) => string;
      readonly manage: string;
      readonly unsubscribe: string;
      /** Before the address of the copy. */
      readonly ifNoAnswer: string;
    };
    readonly page: {
      readonly subscribe: string;
      readonly intro: (name: string) => string;
      readonly byFeed: string;
      readonly feedsIntro: string;
      readonly rss: string;
      readonly atom: string;
      readonly json: string;
      readonly calendar: string;
      readonly slackHint: string;
      readonly email: string;
      readonly webhook: string;
      readonly webhookHint: string;
      readonly slack: string;
      readonly slackAddressHint: string;
      readonly choose: string;
      readonly whole: string;
      readonly some: string;
      readonly list: string;
      readonly submit: string;
      readonly sentTitle: string;
      readonly sent: {
        readonly email: string;
        readonly webhook: string;
        readonly slack: string;
      };
      readonly confirmTitle: string;
      readonly confirmText: (address: string, page: string) => string;
      readonly confirmButton: string;
      readonly confirmedTitle: string;
      readonly confirmedText: (name: string) => string;
      readonly manageTitle: string;
      readonly manageText: (address: string, page: string) => string;
      readonly language: string;
      readonly save: string;
      readonly saved: string;
      readonly unsubscribeTitle: string;
      readonly unsubscribeText: (address: string, page: string) => string;
      readonly unsubscribeButton: string;
      readonly unsubscribedTitle: string;
      readonly unsubscribedText: string;
      readonly back: string;
      readonly unknownTitle: string;
      readonly unknownText: string;
      readonly expiredTitle: string;
      readonly expiredText: string;
      readonly disabledText: string;
      readonly closedTitle: string;
      readonly closedText: string;
      readonly limitedTitle: string;
      readonly limitedText: string;
    };
    readonly errors: {
      readonly email: string;
      readonly email_ascii: string;
      readonly slack: string;
      readonly url: string;
      readonly use_slack: string;
      readonly domain: string;
      readonly scope: string;
    };
  };
  /** The pages that ask for access to a page, or refuse it. They show nothing of the page. */
  readonly access: {
    readonly title: string;
    readonly password: string;
    readonly open: string;
    readonly address: string;
    readonly addressHint: string;
    readonly sendLink: string;
    readonly wrongPassword: string;
    readonly tooMany: string;
    readonly sentTitle: string;
    readonly sentText: string;
    readonly linkTitle: string;
    readonly deadLinkTitle: string;
    readonly deadLinkText: string;
    readonly newLink: string;
    readonly handOverTitle: string;
    readonly handOverText: string;
    readonly again: string;
    readonly otherProvider: string;
    readonly refusedTitle: string;
    readonly needsKey: string;
    readonly notForPrograms: string;
    readonly mailSubject: string;
    readonly mailText: string;
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
    readonly seconds: (value: string) => string;
    readonly minutes: (value: string) => string;
    readonly hours: (value: string) => string;
    /** Of a heartbeat, in the place of response times. */
    readonly durations: string;
    readonly durationsNone: string;
    readonly durationsChart: (range: string) => string;
    readonly runs: string;
    readonly median: string;
    readonly percentile: (p: number) => string;
    readonly locations: string;
    readonly uptime: string;
    readonly noIncidents: (days: number) => string;
    readonly timesWithout: string;
  };
  /** The copy of the page at another place, which is read when the page does not answer. */
  readonly copy: {
    /** On the page itself, before the address of the copy. */
    readonly ifNoAnswer: string;
    readonly copyOf: (page: string, time: string) => string;
    readonly standsStill: string;
    readonly asOf: (time: string) => string;
    readonly noCurrentData: string;
    readonly lastConfirmed: (time: string, place: string) => string;
    readonly unreachable: (time: string) => string;
    readonly lastKnown: (words: string, time: string) => string;
    readonly lastKnownIncidents: string;
    readonly pastIncidents: string;
    readonly livePage: string;
    readonly languageName: string;
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
