// Owns the texts of locations, channels, ports, heartbeats and of probemesh itself. Pure.
import type { EndReason } from '../engine/model/state.ts';
import { type Data, type EventText, sentence, time } from './event-text.ts';
import { plain, shortened } from './plain-text.ts';
import { duration } from './time-text.ts';

const LOCATION_ENDS: Partial<Record<EndReason, string>> = {
  disabled: 'The location was disabled.',
  too_few_locations: 'Too few locations are left to compare it with.',
  regional_problem: 'Another location fails the same monitors: a regional problem.',
};

export const locationOf = ({ location }: Data): string => location?.id ?? 'unknown';

export function quarantined(data: Data): EventText {
  const { location } = data;
  return {
    title: ['Location ', locationOf(data), ' is quarantined'],
    summary: location
      ? [
          `It fails ${location.failedMonitors} of ${location.checkedMonitors} monitors that other locations reach, since ${time(location.since)}.`,
          'Its votes are ignored until it agrees with its peers.',
        ]
      : [],
  };
}

export function locationRecovered(data: Data): EventText {
  const { location } = data;
  const quarantine = location?.state === 'quarantined';
  const end = location?.reason === undefined ? undefined : LOCATION_ENDS[location.reason];
  const lasted = location ? Date.parse(location.endedAt ?? location.since) - Date.parse(location.since) : 0;
  return {
    title: ['Location ', locationOf(data), quarantine ? ' is out of quarantine' : ' reports again'],
    summary: [
      end ?? (quarantine ? 'It agrees with its peers, so its votes count.' : 'Its checks measure again.'),
      `The problem lasted ${duration(lasted)}.`,
    ],
  };
}

export function channelText(data: Data, after: string, ...more: readonly string[]): EventText {
  const { channel } = data;
  const error = channel?.error ? sentence(`The newest error: ${shortened(plain(channel.error), 250)}`) : '';
  return {
    title: ['Channel ', channel?.name ?? 'unknown', after],
    summary: [channel ? `Deliveries have failed since ${time(channel.since)}.` : '', error, ...more],
  };
}

export const reasonsOf = ({ mesh }: Data): string[] =>
  (mesh?.reasons ?? []).map(({ detail }) => sentence(plain(detail)));

export const codesOf = ({ mesh }: Data): string =>
  (mesh?.reasons ?? []).map(({ code }) => code.replaceAll('_', ' ')).join(', ');

const portOf = ({ port }: Data): string =>
  port
    ? `${port.host.includes(':') ? `[${port.host}]` : port.host}:${port.port}/${port.protocol}`
    : 'unknown';

const serviceOf = (service: string | null | undefined): string =>
  service ? shortened(plain(service), 80) : 'unknown';

export const portOpened = (data: Data): EventText => ({
  title: ['Port ', portOf(data), ' is open'],
  summary: [
    'The approved baseline does not contain it.',
    data.port?.service ? `The service: ${serviceOf(data.port.service)}.` : '',
  ],
});

export const portClosed = (data: Data): EventText => ({
  title: ['Port ', portOf(data), ' is closed'],
  summary: ['The approved baseline contains it.'],
});

export const portChanged = (data: Data): EventText => ({
  title: ['Port ', portOf(data), ' has another service'],
  summary: data.port
    ? [`Before: ${serviceOf(data.port.previousService)}. Now: ${serviceOf(data.port.service)}.`]
    : [],
});

const heartbeatOf = ({ heartbeat }: Data): string => heartbeat?.name ?? 'unknown';

export const heartbeatMissed = (data: Data): EventText => ({
  title: ['Heartbeat ', heartbeatOf(data), ' is missing'],
  summary: data.heartbeat
    ? [
        `It was expected at ${time(data.heartbeat.expectedAt)}.`,
        data.heartbeat.receivedAt
          ? `The newest one arrived at ${time(data.heartbeat.receivedAt)}.`
          : 'None has arrived yet.',
      ]
    : [],
});

export const heartbeatRecovered = (data: Data): EventText => ({
  title: ['Heartbeat ', heartbeatOf(data), ' arrives again'],
  summary: data.heartbeat?.receivedAt ? [`It arrived at ${time(data.heartbeat.receivedAt)}.`] : [],
});
