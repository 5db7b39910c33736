// Owns the texts of incidents of heartbeats: they speak of a job, not of locations. Pure.
import { HEARTBEAT_TYPE, type HeartbeatCode } from '../engine/model/heartbeat.ts';
import { type Data, type EventText, nameOf, sentence, time } from './event-text.ts';
import { plain, shortened } from './plain-text.ts';

/** The notification is about the monitor of a job, which no probe checks. */
export const isOfJob = ({ monitor }: Data): boolean => monitor?.check.type === HEARTBEAT_TYPE;

interface Words {
  /** After the name, when it begins, and while it lasts. */
  readonly begins: string;
  readonly lasts: string;
}

const WORDS: Record<HeartbeatCode, Words> = {
  missed: { begins: ' did not report in time', lasts: ' has still not reported' },
  never_seen: { begins: ' has never reported', lasts: ' has still never reported' },
  job_failed: { begins: ' reported a failure', lasts: ' still reports a failure' },
  too_long: { begins: ' runs too long', lasts: ' still runs too long' },
};

const failureOf = ({ evidence }: Data) =>
  evidence.find(({ vote, outcome }) => vote === 'failing' && outcome === 'failed');

/** A drill has no evidence: it rehearses a job that is late. */
function wordsOf(data: Data): Words & { readonly code: string } {
  const code = failureOf(data)?.code ?? 'missed';
  return { code, ...(WORDS[code as HeartbeatCode] ?? WORDS.missed) };
}

export function jobTitle(data: Data): EventText['title'] {
  const { code, begins } = wordsOf(data);
  const exitCode = code === 'job_failed' ? data.heartbeat?.exitCode : null;
  return ['', nameOf(data), exitCode == null ? begins : `${begins} (exit code ${exitCode})`];
}

export const jobStill = (data: Data): string => wordsOf(data).lasts;

const MAX_DETAIL = 250;

/** Why it fails, and since when. */
export function jobSentences(data: Data): string[] {
  const { incident, heartbeat } = data;
  const detail = failureOf(data)?.detail;
  const due = heartbeat ? `It was due at ${time(heartbeat.expectedAt)}.` : '';
  return [
    detail ? sentence(shortened(plain(detail), MAX_DETAIL)) : due,
    incident ? `The incident began at ${time(incident.startedAt)}.` : '',
  ];
}

/** Once it has recovered. */
export const jobRecovered = ({ heartbeat }: Data): string =>
  heartbeat?.receivedAt ? `The newest ping arrived at ${time(heartbeat.receivedAt)}.` : '';

export const jobNoData = (data: Data): EventText => ({
  title: ['No data for ', nameOf(data), ''],
  summary: ['The coordinator could not read its pings, so it is unknown whether the job runs.'],
});

export const jobDataAgain = (data: Data): EventText => ({
  title: ['Data again for ', nameOf(data), ''],
  summary: ['The coordinator reads its pings again.', jobRecovered(data)],
});
