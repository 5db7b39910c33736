// Owns what a subscriber reads, before it is a mail, a message of Slack or a webhook: title, facts, text and links, in the
// language of the subscriber. Pure.
import { type Formats, formatsOf } from '../../status-pages/languages/formats.ts';
import { textsFor } from '../../status-pages/languages/index.ts';
import type { Texts } from '../../status-pages/languages/texts.ts';
import type { Mailing, MaintenanceNews } from '../../status-pages/mailing.ts';
import type { ComponentImpact, StatusPage } from '../../status-pages/model.ts';
import type { NamedComponents } from '../../status-pages/page-components.ts';
import { shownOf } from './recipients.ts';

export interface SubscriberLinks {
  /** Absolute address of the page, without a trailing slash. */
  readonly page: string;
  readonly confirm: string;
  readonly manage: string;
  readonly unsubscribe: string;
  /** Of the copy of the page at another place, by language. Null: there is none. */
  copy(languageTag: string): string | null;
}

export interface SubscriberMessage {
  /** BCP 47. */
  readonly language: string;
  readonly subject: string;
  readonly title: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  readonly body: string;
  /** Otherwise it is plain text. */
  readonly isMarkdown: boolean;
  readonly link: { readonly label: string; readonly url: string };
  /** Why the subscriber gets it, and how that ends. Null: the address is not subscribed. */
  readonly footer: {
    readonly reason: string;
    readonly manage: { readonly label: string; readonly url: string };
    readonly unsubscribe: { readonly label: string; readonly url: string };
    /** Where to look if the page does not answer. */
    readonly copy: { readonly label: string; readonly url: string } | null;
  } | null;
  /** Messages about the same incident have the same one. Null: none belongs with it. */
  readonly thread: string | null;
  readonly components: readonly (ComponentImpact & { readonly name: string })[];
}

/** More names would hide the rest. */
const MAX_NAMES = 10;

export function mailingMessage(
  mailing: Mailing,
  page: StatusPage,
  shown: NamedComponents,
  links: SubscriberLinks,
  language: string,
): SubscriberMessage {
  const texts = textsFor(language, null);
  const { mail } = texts.subscribers;
  const formats = formatsOf(texts, page.config.timeZone);
  const components = shownOf(mailing, shown).map((one) => ({ ...one, name: shown.get(one.component)!.name }));
  const names = namesOf(
    components.map(({ name }) => name),
    mail.andMore,
  );
  const measured = mailing.kind === 'incident';
  const isOver = mailing.status === 'resolved';
  // What probes measure names monitors: only those that this page shows.
  const title = measured
    ? (isOver ? mail.measuredUp : mail.measuredDown)(names)
    : mailing.maintenance === undefined
      ? mailing.title
      : texts.subscribers.maintenance[mailing.maintenance.news](mailing.title);
  const status = measured || mailing.status === null ? null : texts.incidents.statuses[mailing.status];
  const affected = components
    .slice(0, MAX_NAMES)
    .map(({ name, impact }) =>
      mailing.status === null || measured ? name : `${name} (${texts.incidents.impacts[impact]})`,
    );
  return {
    language: texts.tag,
    subject: [`[${page.title}]`, title, ...(status === null ? [] : [`– ${status}`])].join(' '),
    title,
    facts: [
      ...(status === null ? [] : [{ label: texts.frame.status, value: status }]),
      ...(affected.length === 0 || measured
        ? []
        : [{ label: texts.incident.affected, value: formats.list(affected) }]),
      ...(mailing.maintenance === undefined
        ? [{ label: texts.monitor.date, value: formats.time(mailing.at) }]
        : timesOf(mailing.maintenance, texts, formats)),
    ],
    isMarkdown: !measured,
    body: measured ? (isOver ? mail.measuredUpBody : mail.measuredDownBody) : mailing.body,
    link: { label: mail.read, url: `${links.page}${mailing.path}` },
    footer: footerOf(texts, page, links),
    thread: mailing.path,
    components,
  };
}

function timesOf({ startsAt, endsAt }: MaintenanceNews, { subscribers }: Texts, formats: Formats) {
  const { begins, ends } = subscribers.maintenance;
  return [
    ...(startsAt === null ? [] : [{ label: begins, value: formats.time(startsAt) }]),
    ...(endsAt === null ? [] : [{ label: ends, value: formats.time(endsAt) }]),
  ];
}

/** The question whether the sign-up was meant, or the link of a subscription that exists. */
export function signUpMessage(
  kind: 'confirm' | 'manage',
  page: StatusPage,
  links: SubscriberLinks,
  language: string,
): SubscriberMessage {
  const texts = textsFor(language, null);
  const { mail } = texts.subscribers;
  const isNew = kind === 'confirm';
  const title = isNew ? mail.confirmSubject(page.title) : mail.alreadySubject(page.title);
  return {
    ...{ language: texts.tag, subject: title, title, facts: [], thread: null, components: [] },
    isMarkdown: false,
    body: isNew ? mail.confirmBody(page.title) : mail.alreadyBody(page.title),
    link: isNew ? { label: mail.confirmLink, url: links.confirm } : { label: mail.manage, url: links.manage },
    footer: isNew ? null : footerOf(texts, page, links),
  };
}

function footerOf(texts: Texts, page: StatusPage, links: SubscriberLinks): SubscriberMessage['footer'] {
  const { mail } = texts.subscribers;
  const copy = links.copy(texts.tag);
  return {
    reason: mail.reason(page.title),
    manage: { label: mail.manage, url: links.manage },
    unsubscribe: { label: mail.unsubscribe, url: links.unsubscribe },
    copy: copy === null ? null : { label: mail.ifNoAnswer, url: copy },
  };
}

function namesOf(names: readonly string[], andMore: (count: number) => string): string {
  const shown = names.slice(0, MAX_NAMES);
  const rest = names.length - shown.length;
  return rest === 0 ? shown.join(', ') : `${shown.join(', ')} ${andMore(rest)}`;
}
