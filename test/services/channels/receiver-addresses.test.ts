// Every address of every type of channel passes the receiver guard, and a secret that a receiver gets must be written again for
// another origin. Both follow from lists that a new channel may forget.
import { describe, expect, test } from 'vitest';
import { channelTypes } from '../../../src/channels/catalogue.ts';
import type { Channel } from '../../../src/channels/channel.ts';
import { exampleMessage } from '../../../src/channels/check-templates.ts';
import { addressFields } from '../../../src/channels/written-config.ts';
import { fillChannel } from '../../../src/services/channels/channels.ts';
import { samplesOf } from '../../support/channels/samples.ts';

const TYPES = Object.keys(channelTypes) as (keyof typeof channelTypes)[];
const channelOf = (type: keyof typeof channelTypes) => channelTypes[type] as unknown as Channel;
const CONFIG = {
  allowLoopback: false,
  encryptionKey: btoa('k'.repeat(32)),
  previousEncryptionKey: undefined,
};

/** A field that accepts an address and no other text. */
const takesAddress = ({ config }: Channel, field: string): boolean => {
  const schema = config.shape[field]!;
  return (
    schema.safeParse('https://hooks.example.com/in/1234567890').success &&
    !schema.safeParse('hooks.example.com:1234567890').success
  );
};

const fill = (type: keyof typeof channelTypes, changes: object) => {
  const config = { ...channelOf(type).docs.example, ...changes };
  return fillChannel(CONFIG, { type, name: 'N', config, tags: {}, enabled: true }, null);
};

const PRIVATE = [
  'https://127.0.0.1/in/1234567890',
  'https://2130706433/in/1234567890',
  'https://0x7f.1/in/1234567890',
  'https://169.254.169.254/latest/meta-data',
  'https://10.1.2.3/in/1234567890',
  'https://[::1]/in/1234567890',
  'https://[::ffff:10.0.0.1]/in/1234567890',
  'https://[fd00::1]/in/1234567890',
  'https://localhost/in/1234567890',
  'https://metadata.google.internal/in/1234567890',
  'https://printer/in/1234567890',
  'http://hooks.example.com/in/1234567890',
  'https://user:pass@hooks.example.com/in/1234567890',
  'file:///etc/passwd',
];

describe.each(TYPES)('%s', (type) => {
  const channel = channelOf(type);
  const fields = addressFields(channel);

  test('lists every field that takes an address', () => {
    const taking = Object.keys(channel.config.shape).filter((field) => takesAddress(channel, field));
    expect(taking.toSorted()).toEqual(fields.toSorted());
  });

  test.each(PRIVATE)('is refused with the address %s', async (address) => {
    for (const field of fields) {
      const filled = await fill(type, { [field]: address });
      expect([field, filled.ok]).toEqual([field, false]);
      // The path of an address is a password: no message quotes it.
      if (!filled.ok) expect(filled.error.message).not.toMatch(/1234567890|user:pass/);
    }
  });

  test('needs every secret again that its requests contain, if the origin changes', async () => {
    for (const { config } of samplesOf(channel)) {
      const context = { now: 1_800_000_000_000, receipt: null, publicUrl: 'https://status.example.com' };
      const requests = await channel.requests(exampleMessage('incident.opened'), config, context);
      const sent = decodeURIComponent(JSON.stringify(requests).replaceAll('%', '%25'));
      for (const field of channel.secretFields) {
        const value = config[field];
        if (typeof value !== 'string') continue;
        const isSent = sent.includes(value) || sent.includes(btoa(`x:${value}`).slice(4, -4));
        if (isSent) expect([field, channel.sentFields]).toEqual([field, expect.arrayContaining([field])]);
      }
    }
  });
});
