// Owns the texts of monitors beside their incidents: no data, warnings and flapping. Pure.
import { checkOf, type Data, type EventText, nameOf, sentence, time } from './event-text.ts';
import { shareOf } from './failure-text.ts';
import { isOfJob, jobDataAgain, jobNoData } from './heartbeat-text.ts';
import { plain, shortened } from './plain-text.ts';
import { duration } from './time-text.ts';

export function noData(data: Data): EventText {
  if (isOfJob(data)) return jobNoData(data);
  const { quorum } = data;
  const voters = quorum ? quorum.failing + quorum.passing : 0;
  return {
    title: ['No data for ', nameOf(data), ''],
    summary: [
      `Only ${shareOf(voters, data)} ${voters === 1 ? 'reports' : 'report'}, so it is unknown whether the monitor is up.`,
      data.incident ? `An incident has been open since ${time(data.incident.startedAt)}.` : '',
    ],
  };
}

export function dataAgain(data: Data): EventText {
  if (isOfJob(data)) return jobDataAgain(data);
  const { quorum } = data;
  const counts = quorum ? `: ${quorum.passing} passing, ${quorum.failing} failing` : '';
  const voters = quorum ? quorum.failing + quorum.passing : 0;
  return {
    title: ['Data again for ', nameOf(data), ''],
    summary: [`${shareOf(voters, data)} ${voters === 1 ? 'reports' : 'report'}${counts}.`],
  };
}

const WARNINGS = {
  latency: 'slow',
  loss: 'losing packets',
  address: 'partly unreachable',
  certificate: 'certificate',
} as const;

function warning(data: Data, isOf: (code: keyof typeof WARNINGS) => boolean) {
  const found = data.evidence.flatMap(({ location, degraded }) =>
    degraded.filter(({ code }) => isOf(code)).map((one) => ({ ...one, location })),
  );
  const locations = new Set(found.map(({ location }) => location)).size;
  const example = found[0] ? `${found[0].location}: ${plain(found[0].detail)}` : '';
  return { found, where: shareOf(locations, data), example: sentence(shortened(example, 200)) };
}

export function degraded(data: Data): EventText {
  const { found, where, example } = warning(data, (code) => code !== 'certificate');
  const kinds = [...new Set(found.map(({ code }) => WARNINGS[code]))].join(' and ') || 'degraded';
  const problems = new Set(
    found.map(({ code }) => (code === 'address' ? 'one of its addresses fails' : 'exceeds a threshold')),
  );
  const problem = [...problems].join(', and ') || 'exceeds a threshold';
  return {
    title: ['', nameOf(data), ` is ${kinds}`],
    summary: [`${checkOf(data)} passes, but ${problem} at ${where}.`, example],
  };
}

export function certificate(data: Data): EventText {
  const { where, example } = warning(data, (code) => code === 'certificate');
  return {
    title: ['Certificate of ', nameOf(data), ' expires soon'],
    summary: [`${checkOf(data)} passes, but ${where} warn of the certificate.`, example],
  };
}

export function flapping(data: Data): EventText {
  const { flapping: details } = data;
  return {
    title: ['', nameOf(data), ' is flapping'],
    summary: [
      `Its state has changed too often${details ? ` since ${time(details.since)}` : ''}.`,
      'Single changes are not sent until it is stable.',
      details
        ? `An incident that stays open for ${duration(details.maxSuppressionSeconds * 1000)} is sent.`
        : '',
    ],
  };
}
