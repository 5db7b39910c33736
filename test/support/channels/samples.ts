// The configs that the suites run each channel with. The first is the example of its docs; a channel with several ways to
// send adds the others here.
import type { Channel } from '../../../src/channels/channel.ts';

interface Sample {
  /** Empty for the example of the docs. It names the golden file: `slack-bot`. */
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const MORE: Readonly<Record<string, readonly Sample[]>> = {
  slack: [
    {
      name: 'bot',
      config: {
        token: 'xoxb-000000000000-000000000000-exampletoken',
        channel: 'C0123456789',
        signingSecret: '0123456789abcdef0123456789abcdef',
      },
    },
  ],
};

/** Configs as the channel's own schema parses them. */
export function samplesOf(channel: unknown): readonly Sample[] {
  const { type, config, docs } = channel as Channel;
  return [{ name: '', config: docs.example }, ...(MORE[type] ?? [])].map((sample) => ({
    name: sample.name,
    config: config.parse(sample.config),
  }));
}
