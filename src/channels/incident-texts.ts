// Owns the texts of incidents: what is down, since when, seen from where, what the failure looks like, and who acts. Pure.
import type { EndReason } from '../engine/model/state.ts';
import { checkOf, type Data, type EventText, nameOf, sentence, time } from './event-text.ts';
import { exampleOf, sawTogether, shareOf } from './failure-text.ts';
import { isOfJob, jobRecovered, jobSentences, jobStill, jobTitle } from './heartbeat-text.ts';
import { plain, shortened } from './plain-text.ts';
import { duration } from './time-text.ts';

export const opened = (data: Data): EventText => ({
  title: isOfJob(data) ? jobTitle(data) : ['', nameOf(data), ' is down'],
  summary: failureSentences(data),
});

export const openedPartially = (data: Data): EventText => ({
  title: isOfJob(data) ? jobTitle(data) : ['', nameOf(data), ' is unreachable from some locations'],
  summary: failureSentences(data),
});

/** What the failing locations see, since when, and how many they are. Of a heartbeat: why its job fails. */
function failureSentences(data: Data): string[] {
  if (isOfJob(data)) return jobSentences(data);
  const failing = data.evidence.filter(({ vote }) => vote === 'failing');
  const since = data.incident ? ` since ${time(data.incident.startedAt)}` : '';
  if (failing.length === 0) return [`${checkOf(data)} has failed${since}.`];
  return [
    `${checkOf(data)} has failed at ${shareOf(data.quorum?.failing ?? failing.length, data)}${since}: ${sawTogether(failing)}.`,
    sentence(exampleOf(failing)),
  ];
}

const NOUNS = { down: 'down', partial: 'unreachable from some locations' } as const;

const JOB_WAS = { recovered: ' reports again after ', closed: ' failed for ' } as const;

const END_REASONS: Partial<Record<EndReason, string>> = {
  paused: 'The incident was closed because the monitor was paused.',
  deleted: 'The incident was closed because the monitor was deleted.',
  target_changed: 'The incident was closed because the target of the monitor changed.',
};

export function resolved(data: Data): EventText {
  const { incident, quorum } = data;
  const name = nameOf(data);
  if (!incident) return { title: ['Resolved: ', name, ''], summary: [] };
  const { verdict, startedAt, resolvedAt, downtimeSeconds, reason, openedNotSent } = incident;
  const closed = reason === undefined ? undefined : END_REASONS[reason];
  const lasted = duration(downtimeSeconds * 1000);
  const passes = quorum ? `${checkOf(data)} passes at ${shareOf(quorum.passing, data)}.` : '';
  const recovered = isOfJob(data) ? jobRecovered(data) : passes;
  const was = isOfJob(data)
    ? JOB_WAS[reason === undefined ? 'recovered' : 'closed']
    : ` was ${NOUNS[verdict]} for `;
  return {
    title: [reason === undefined ? 'Resolved: ' : 'Closed: ', name, `${was}${lasted}`],
    summary: [
      `The problem lasted from ${time(startedAt)} to ${time(resolvedAt ?? startedAt)}.`,
      closed ?? recovered,
      openedNotSent ? 'Its start was not sent to you.' : '',
    ],
  };
}

const MAX_PERSON = 40;
const MAX_NOTE = 250;

/** The name of a person or key, in a title or a sentence. */
const personOf = (name: string | undefined): string => shortened(plain(name ?? ''), MAX_PERSON) || 'a person';

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const VIA: Readonly<Record<string, string>> = {
  api: 'by the API',
  link: 'by a link',
  slack: 'in Slack',
  pagerduty: 'in PagerDuty',
};

const noteOf = ({ action }: Data): string =>
  action?.text ? sentence(`Note: ${shortened(plain(action.text), MAX_NOTE)}`) : '';

const stateOf = (data: Data): string =>
  isOfJob(data) ? jobStill(data) : ` is still ${NOUNS[data.incident?.verdict ?? 'down']}`;

const lastedAt = ({ incident }: Data, at: number): string =>
  incident ? duration(at - Date.parse(incident.startedAt)) : '';

const acknowledgementOf = ({ incident }: Data): string => {
  if (!incident?.acknowledgedAt) return 'No person has acknowledged it.';
  return `${upperFirst(personOf(incident.acknowledgedBy ?? undefined))} acknowledged it at ${time(incident.acknowledgedAt)}.`;
};

export function reminder(data: Data, at: number): EventText {
  const lasted = lastedAt(data, at);
  return {
    title: ['', nameOf(data), `${stateOf(data)}${lasted === '' ? '' : ` after ${lasted}`}`],
    summary: [...failureSentences(data), acknowledgementOf(data)],
  };
}

export function acknowledged(data: Data): EventText {
  const { action, incident } = data;
  const person = personOf(action?.by ?? incident?.acknowledgedBy ?? undefined);
  const at = action?.at ?? incident?.acknowledgedAt;
  const via = action === null ? undefined : VIA[action.via];
  const how = `${via === undefined ? '' : ` ${via}`}${at ? ` at ${time(at)}` : ''}`;
  const paused = action?.snoozedUntil
    ? `Reminders and escalation pause until ${time(action.snoozedUntil)}.`
    : 'Reminders and escalation stop.';
  return {
    title: ['', nameOf(data), `: acknowledged by ${person}`],
    summary: [
      `${upperFirst(person)} acknowledged the incident${how}.`,
      ...[paused, noteOf(data)],
      ...failureSentences(data),
    ],
  };
}

export function escalated(data: Data, at: number): EventText {
  const { escalation } = data;
  const lasted = lastedAt(data, at);
  const names = (escalation?.notified ?? []).map((name) => shortened(plain(name), MAX_PERSON));
  const notified = names.length === 0 ? '' : `: notifies ${shortened(names.join(', '), 150)}`;
  return {
    title: ['Escalated: ', nameOf(data), `${stateOf(data)}${lasted === '' ? '' : ` after ${lasted}`}`],
    summary: [
      escalation ? `Step ${escalation.step} of ${escalation.steps}${notified}.` : '',
      ...failureSentences(data),
      acknowledgementOf(data),
    ],
  };
}

export function commented(data: Data): EventText {
  const { action } = data;
  const person = personOf(action?.by);
  return {
    title: ['', nameOf(data), `: comment by ${person}`],
    summary: [
      action?.text ? sentence(`${upperFirst(person)}: ${shortened(plain(action.text), MAX_NOTE)}`) : '',
      ...(data.incident?.resolvedAt === null ? failureSentences(data) : []),
    ],
  };
}

export function updated(data: Data): EventText {
  const { action } = data;
  return {
    title: ['Update on ', nameOf(data), ''],
    summary: [action?.text ? sentence(shortened(plain(action.text), MAX_NOTE)) : ''],
  };
}
