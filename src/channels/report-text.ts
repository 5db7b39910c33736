// Owns the texts of a report that a schedule sends: its uptime, its outages, its missed objectives. Pure.
import { type Data, type EventText, sentence } from './event-text.ts';
import { plain, shortened } from './plain-text.ts';
import { duration } from './time-text.ts';

const MAX_NAME = 60;
const MAX_LISTED = 3;

/** Cut off, not rounded: 99.999 % is not 100 %. */
export const uptimeText = (uptime: number | null): string =>
  uptime === null ? 'no data' : `${(Math.floor(uptime * 100_000 + 1e-6) / 1_000).toFixed(3)} %`;

export function reportCreated({ report }: Data): EventText {
  if (!report) return { title: ['', 'A report', ''], summary: [] };
  const { label, monitors, uptime, outages, downtimeSeconds, objectives, missedObjectives, worst } = report;
  const of = `${monitors} ${monitors === 1 ? 'monitor' : 'monitors'}`;
  const mean = report.meanTimeToResolveSeconds;
  return {
    title: ['', report.name, `: ${label}, ${uptimeText(uptime)}`],
    summary: [
      `Uptime of ${of} in ${label} (${plain(report.timeZone)}): ${uptimeText(uptime)}.`,
      outages === 0
        ? 'No outage.'
        : `${outages} ${outages === 1 ? 'outage' : 'outages'}, ${duration(downtimeSeconds * 1000)} of downtime.`,
      mean === null ? '' : `Mean time to resolve: ${duration(mean * 1000)}.`,
      objectives === 0 ? '' : `${missedObjectives} of ${objectives} objectives missed.`,
      worst.length === 0
        ? ''
        : sentence(`Most downtime: ${worst.slice(0, MAX_LISTED).map(worstText).join(', ')}`),
    ],
  };
}

const worstText = ({ name, uptime }: NonNullable<Data['report']>['worst'][number]): string =>
  `${shortened(plain(name), MAX_NAME)} (${uptimeText(uptime)})`;
