// Owns the shapes of status pages: what people configure, what people write, and what a reader sees. Pure.
// Does not contain a text of a page: languages/ do.

/** How a component is affected, as people say. In order: the last is the worst. */
export const IMPACTS = ['operational', 'degraded', 'partial', 'major'] as const;
export type Impact = (typeof IMPACTS)[number];

export const UPDATE_STATUSES = ['investigating', 'identified', 'monitoring', 'resolved'] as const;
export type UpdateStatus = (typeof UPDATE_STATUSES)[number];

/** `monitor:<id>`, `group:<name>` or `static:<id>`. */
export type ComponentRef = string;

export interface ComponentImpact {
  readonly component: ComponentRef;
  readonly impact: Impact;
}

/**
 * - probes: incidents that probes measure are shown at once, and what people write beside them.
 * - people: only what people write is shown as an incident.
 * - draft: an outage opens a draft, which a person publishes.
 * - delayed: an outage is published by itself after `publishAfterMinutes`, if it still lasts and no person published it.
 */
export const LEADS = ['probes', 'people', 'draft', 'delayed'] as const;
export type Lead = (typeof LEADS)[number];

/** A component that no probe checks. */
export interface StaticComponent {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly group: string | null;
}

export interface PageLink {
  readonly text: string;
  readonly url: string;
}

export interface PageConfig {
  /** Which monitors the page shows: all, or those with one of the ids, groups or tags (`name` or `name:value`). */
  readonly components: {
    readonly monitors: 'all' | readonly string[];
    readonly groups: readonly string[];
    readonly tags: readonly string[];
    readonly static: readonly StaticComponent[];
  };
  readonly description: string | null;
  /** Address of an image, https. */
  readonly logoUrl: string | null;
  /** `#rrggbb`, of links and headings. */
  readonly accentColor: string | null;
  readonly theme: 'auto' | 'light' | 'dark';
  /** BCP 47, of `languages/`. `auto`: what the reader's browser asks for. */
  readonly language: string;
  /** IANA time zone of the times on the page. */
  readonly timeZone: string;
  readonly links: readonly PageLink[];
  /** Groups that are shown closed while all is well. */
  readonly collapsedGroups: readonly string[];
  readonly noindex: boolean;
  readonly lead: Lead;
  readonly publishAfterMinutes: number;
  /** Whether latency charts and locations are shown. */
  readonly showLatency: boolean;
  /** Whether readers can subscribe. */
  readonly subscriptions: boolean;
  /** Id of the email channel that sends mails to subscribers. Null: readers cannot subscribe by email. */
  readonly mailChannel: string | null;
}

export const PAGE_PROBLEMS = [
  'host_not_served',
  'monitor_missing',
  'group_missing',
  'channel_missing',
  'provider_missing',
  'secrets_unreadable',
] as const;

/** Something that a page names and that does not exist, or not any more. */
export interface PageProblem {
  readonly code: (typeof PAGE_PROBLEMS)[number];
  readonly message: string;
}

/** Who may read a page. Secrets are elsewhere. */
export type PageAccess =
  | { readonly type: 'public' }
  | { readonly type: 'password' }
  /** A magic link is sent to addresses of these domains. */
  | {
      readonly type: 'email';
      readonly domains: readonly string[];
      /** Id of the email channel that sends them. Null: it was deleted. */
      readonly channel: string | null;
    }
  /** People who signed in, of any or of these identity providers. */
  | { readonly type: 'sign_in'; readonly providers: readonly string[] | null };

/** A page as a request finds it. */
export interface StatusPage {
  /** `default` for the page at `/`. */
  readonly id: string;
  readonly title: string;
  readonly host: string | null;
  readonly config: PageConfig;
  readonly access: PageAccess;
  readonly accessVersion: number;
}

/** What a subscriber wants to read of. */
export type SubscriptionScope = 'page' | readonly ComponentRef[];

/** The page at `/` without a row: every public monitor. */
export const DEFAULT_PAGE: StatusPage = {
  id: 'default',
  title: 'Service status',
  host: null,
  config: {
    components: { monitors: 'all', groups: [], tags: [], static: [] },
    description: null,
    logoUrl: null,
    accentColor: null,
    theme: 'auto',
    language: 'auto',
    timeZone: 'UTC',
    links: [],
    collapsedGroups: [],
    noindex: false,
    lead: 'probes',
    publishAfterMinutes: 5,
    showLatency: true,
    subscriptions: true,
    mailChannel: null,
  },
  access: { type: 'public' },
  accessVersion: 0,
};
