// One chain composes the effects of all decisions.
import { expect, test } from 'vitest';
import { chain, type Effects, unchanged } from '../../../src/engine/model/effects.ts';
import type { IncidentRecord, Notification } from '../../../src/engine/model/notification.ts';

const effects = (value: number, notification: string, record: string): Effects<number> => ({
  value,
  notifications: [notification as unknown as Notification],
  records: [record as unknown as IncidentRecord],
});

test('a chain keeps the effects of both decisions, in order, and the value of the second', () => {
  const both = chain(effects(1, 'n1', 'r1'), (value) => effects(value + 1, 'n2', 'r2'));
  expect(both).toEqual({ value: 2, notifications: ['n1', 'n2'], records: ['r1', 'r2'] });
});

test('a chain keeps the effects of one decision if the other has none', () => {
  const { notifications, records } = effects(1, 'n', 'r');
  const one = { value: 2, notifications, records };
  expect(chain(unchanged(1), (value) => effects(value + 1, 'n', 'r'))).toEqual(one);
  expect(chain(effects(1, 'n', 'r'), (value) => unchanged(value + 1))).toEqual(one);
  const onlyRecords = { value: 1, notifications: [], records };
  expect(chain(onlyRecords, (value) => unchanged(value))).toEqual(onlyRecords);
  const onlyNotifications = { value: 1, notifications, records: [] };
  expect(chain(onlyNotifications, (value) => unchanged(value))).toEqual(onlyNotifications);
});
