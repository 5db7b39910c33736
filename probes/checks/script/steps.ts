// Owns the steps of a script: the schema of each step, and the rules between steps. Does not execute them.
import { z } from 'zod';
import type { SecretUse } from '../check.ts';
import { patternSchema } from '../shared/pattern.ts';
import { expectHexSchema, expectTextSchema, sendHexSchema, sendTextSchema } from '../shared/payload.ts';
import { hostKey, socketOrigin } from '../shared/secret-origin.ts';
import { rejectSecretInPattern, textFields, validateSecretUse } from '../shared/secret-rules.ts';
import { placeholdersDeep } from '../shared/secrets.ts';

const ACTIONS = [
  ...(['send', 'sendHex', 'expect', 'expectMatch', 'expectHex', 'expectEnd'] as const),
  ...(['startTls', 'pauseMs'] as const),
];
type Action = (typeof ACTIONS)[number];

/** Steps that receive data from the peer. */
const READING_STEPS: ReadonlySet<Action> = new Set([
  'expect',
  'expectMatch',
  'expectHex',
  'expectEnd',
  'startTls',
]);

const trueSchema = z.literal(true, { error: 'The only valid value is true. Set it to true, or remove it.' });

const PAUSE_ERROR = '`pauseMs` must be a whole number between 1 and 5000.';

export const stepSchema = z
  .strictObject({
    send: sendTextSchema.optional().meta({
      description:
        'Discards what arrived before, then sends this text, unchanged and in UTF-8. A line needs its line break.',
      example: 'PING\r\n',
    }),
    sendHex: sendHexSchema.optional().meta({
      description: 'Discards what arrived before, then sends these bytes, in hexadecimal.',
      example: '00 00 00 08',
    }),
    expect: expectTextSchema.optional().meta({
      description:
        'Reads lines until a line contains this text, or ends with it if it has a line break at its end. A reply of several lines is read to its end.',
      example: '+PONG',
    }),
    expectMatch: patternSchema.optional().meta({
      description: 'Reads lines until this regular expression (RE2 syntax) matches somewhere in a line.',
      example: '^250 ',
    }),
    expectHex: expectHexSchema.optional().meta({
      description: 'Reads as many bytes as this has, and compares them. `??` is any byte.',
      example: '?? ?? ?? 00 0a',
    }),
    expectEnd: trueSchema.optional().meta({ description: 'Reads until the peer ends the connection.' }),
    startTls: trueSchema.optional().meta({ description: 'Starts TLS on the open connection.' }),
    pauseMs: z
      .int({ error: PAUSE_ERROR })
      .min(1, { error: PAUSE_ERROR })
      .max(5_000, { error: PAUSE_ERROR })
      .optional()
      .meta({ description: 'Waits this long, in ms.' }),
    unless: patternSchema.optional().meta({
      description:
        'Requires `expect` or `expectMatch`. If this pattern matches a line of the reply that does not meet the expectation, the check fails at once.',
      example: '^[45]',
    }),
  })
  .superRefine((step, context) => {
    const actions = ACTIONS.filter((action) => step[action] !== undefined);
    if (actions.length !== 1)
      context.addIssue({
        code: 'custom',
        message: `A step must have exactly one of ${ACTIONS.join(', ')}${actions.length === 0 ? '' : `, but this step has ${actions.join(' and ')}`}.`,
      });
    if (step.unless !== undefined && step.expect === undefined && step.expectMatch === undefined)
      context.addIssue({
        code: 'custom',
        path: ['unless'],
        message:
          '`unless` applies to lines only. Add `expect` or `expectMatch` to the step, or remove `unless`.',
      });
  });
export type Step = z.output<typeof stepSchema>;

/** The action of a step. */
export const actionOf = (step: Step): Action => ACTIONS.find((action) => step[action] !== undefined)!;

interface Script {
  readonly steps: readonly Step[];
  readonly tls: boolean;
  readonly timeoutMs: number;
  readonly secrets: Readonly<Record<string, string>>;
}

const hasOneAction = (step: Step): boolean =>
  ACTIONS.filter((action) => step[action] !== undefined).length === 1;

/** Reports steps that contradict each other. `addIssue` gets the path. */
export function validateSteps(
  { steps, tls, timeoutMs, secrets }: Script,
  addIssue: (path: (string | number)[], message: string) => void,
): void {
  // A step without exactly one action has an issue of its own, and so has an empty list.
  const isComplete = steps.length > 0 && steps.every(hasOneAction);
  if (isComplete && !steps.some((step) => READING_STEPS.has(actionOf(step))))
    addIssue(
      ['steps'],
      'The conversation expects nothing from the target. Add a step with `expect`, or use a tcp check.',
    );
  let isSecure = tls;
  for (const [index, { startTls }] of steps.entries()) {
    if (startTls && isSecure)
      addIssue(
        ['steps', index, 'startTls'],
        'TLS has already started before this step. Remove one of the two.',
      );
    isSecure ||= startTls === true;
  }
  const pausesMs = steps.reduce((sum, { pauseMs = 0 }) => sum + pauseMs, 0);
  if (pausesMs > 0 && pausesMs >= timeoutMs)
    addIssue(
      ['steps'],
      `The pauses take ${pausesMs} ms, but \`timeoutMs\` is ${timeoutMs}. Shorten the pauses, or raise \`timeoutMs\`.`,
    );
  const texts = (...fields: ('send' | 'expect' | 'expectMatch' | 'unless')[]) =>
    steps.flatMap((step, index) => textFields(fields, step, ['steps', index]));
  validateSecretUse(texts('send', 'expect'), secrets, addIssue);
  for (const text of texts('expectMatch', 'unless')) rejectSecretInPattern(text, addIssue);
}

interface ScriptServer {
  readonly host: string;
  readonly port: number;
  readonly serverName?: string | undefined;
  readonly trust: string;
  readonly ca?: string | undefined;
}

/** A secret that a step sends before TLS starts has no protection, even if later steps have it. */
export function scriptSecretUses(script: ScriptServer & Pick<Script, 'steps' | 'tls'>): SecretUse[] {
  const { host, port, serverName = host, trust, ca, steps } = script;
  const server = socketOrigin(host, port);
  const named = hostKey(serverName) === hostKey(host) ? '' : ` (server name ${hostKey(serverName)})`;
  let isSecure = script.tls;
  return steps.flatMap((step) => {
    isSecure ||= step.startTls === true;
    const origin = isSecure ? `tls://${server}${named}` : `tcp://${server}`;
    return [...placeholdersDeep([step.send, step.expect])].map((name) => ({
      name,
      origin,
      trust: isSecure ? (ca ?? trust) : null,
    }));
  });
}
