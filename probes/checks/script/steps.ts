// The steps of a script: what each may say, and what they may not say together. Converses with nobody.
import { z } from 'zod';
import { patternSchema } from '../shared/pattern.ts';
import { expectHexSchema, expectTextSchema, sendHexSchema, sendTextSchema } from '../shared/payload.ts';
import { rejectSecretInPattern, textFields, validateSecretUse } from '../shared/secret-rules.ts';

const ACTIONS = [
  ...(['send', 'sendHex', 'expect', 'expectMatch', 'expectHex', 'expectEnd'] as const),
  ...(['startTls', 'pauseMs'] as const),
];
type Action = (typeof ACTIONS)[number];

/** Those after which something of the peer is known. */
const READING_STEPS: ReadonlySet<Action> = new Set([
  'expect',
  'expectMatch',
  'expectHex',
  'expectEnd',
  'startTls',
]);

const trueSchema = z.literal(true, { error: 'Write true, or leave it out.' });

export const stepSchema = z
  .strictObject({
    send: sendTextSchema.optional().meta({
      description: 'Sends this text, as it is written, in UTF-8: a line needs its line break.',
      example: 'PING\r\n',
    }),
    sendHex: sendHexSchema
      .optional()
      .meta({ description: 'Sends these bytes, in hexadecimal.', example: '00 00 00 08' }),
    expect: expectTextSchema.optional().meta({
      description: 'Reads lines until one has this text in it.',
      example: '+PONG',
    }),
    expectMatch: patternSchema.optional().meta({
      description: 'Reads lines until this pattern (RE2 syntax) matches somewhere in one.',
      example: '^250 ',
    }),
    expectHex: expectHexSchema.optional().meta({
      description: 'Reads as many bytes as this has, and compares; `??` is any byte.',
      example: '?? ?? ?? 00 0a',
    }),
    expectEnd: trueSchema.optional().meta({ description: 'Reads on until the peer ends the connection.' }),
    startTls: trueSchema.optional().meta({ description: 'Begins TLS on the open connection.' }),
    pauseMs: z
      .int({ error: 'Write whole milliseconds.' })
      .min(1, { error: 'Write at least 1 ms.' })
      .max(5_000, { error: 'Write at most 5000 ms.' })
      .optional()
      .meta({ description: 'Waits, in ms.' }),
    unless: patternSchema.optional().meta({
      description:
        'Beside `expect` or `expectMatch`: a line that this pattern matches, and the expectation does not, ends the look as failed.',
      example: '^[45]',
    }),
  })
  .superRefine((step, context) => {
    const written = ACTIONS.filter((action) => step[action] !== undefined);
    if (written.length !== 1)
      context.addIssue({
        code: 'custom',
        message: `Write exactly one of ${ACTIONS.join(', ')} in a step${written.length === 0 ? '' : `: this has ${written.join(' and ')}`}.`,
      });
    if (step.unless !== undefined && step.expect === undefined && step.expectMatch === undefined)
      context.addIssue({
        code: 'custom',
        path: ['unless'],
        message: 'Only lines are held against it: write it beside "expect" or "expectMatch".',
      });
  });
export type Step = z.output<typeof stepSchema>;

/** The one thing that a step does. */
export const actionOf = (step: Step): Action => ACTIONS.find((action) => step[action] !== undefined)!;

interface Script {
  readonly steps: readonly Step[];
  readonly tls: boolean;
  readonly timeoutMs: number;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Refuses what the steps contradict in each other; `refuse` gets the path. */
export function validateSteps(
  { steps, tls, timeoutMs, secrets }: Script,
  refuse: (path: (string | number)[], message: string) => void,
): void {
  if (!steps.some((step) => READING_STEPS.has(actionOf(step))))
    refuse(
      ['steps'],
      'Nothing is expected here: add a step with "expect", or watch the port with a tcp check.',
    );
  let isSecure = tls;
  for (const [index, { startTls }] of steps.entries()) {
    if (startTls && isSecure)
      refuse(['steps', index, 'startTls'], 'TLS has begun before this step: remove one of the two.');
    isSecure ||= startTls === true;
  }
  const pausesMs = steps.reduce((sum, { pauseMs = 0 }) => sum + pauseMs, 0);
  if (pausesMs > 0 && pausesMs >= timeoutMs)
    refuse(['steps'], `The pauses take ${pausesMs} ms of the ${timeoutMs} ms in timeoutMs: shorten them.`);
  const texts = (...fields: ('send' | 'expect' | 'expectMatch' | 'unless')[]) =>
    steps.flatMap((step, index) => textFields(fields, step, ['steps', index]));
  validateSecretUse(texts('send', 'expect'), secrets, refuse);
  for (const text of texts('expectMatch', 'unless')) rejectSecretInPattern(text, refuse);
}
