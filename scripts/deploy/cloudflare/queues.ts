// Owns the queues of a mesh: deliveries, what could not be delivered, and ticks.
import type { Finding, Step } from '../step.ts';
import type { CloudflareContext } from './context.ts';
import type { WranglerResult } from './run-wrangler.ts';

export const queueStepId = (name: string): string => `cloudflare/queue/${name}`;

export function queueSteps(context: CloudflareContext): Step[] {
  const { deliveries, deadLetters, ticks } = context.names;
  return [deadLetters, deliveries, ticks].map((name) => queueStep(context, name));
}

function queueStep(context: CloudflareContext, name: string): Step {
  const { wrangler } = context;
  const inspect = async (): Promise<Finding> => {
    const info = await wrangler.tryRun(`Queue ${name} cannot be read`, ['queues', 'info', name], isMissing);
    if (info === undefined) return { state: 'absent', detail: 'will be made' };
    const others = scriptsOf(info).filter((script) => script !== context.names.worker);
    return others.length === 0
      ? { state: 'same', detail: 'exists' }
      : { state: 'foreign', detail: `The queue ${name} is used by the Worker ${others.join(', ')}.` };
  };
  return {
    id: queueStepId(name),
    title: `queue ${name}`,
    needs: [],
    inspect,
    async apply({ state }) {
      if (state === 'absent') await wrangler.run(`Queue ${name} was not made`, ['queues', 'create', name]);
    },
    async remove() {
      const { state } = await inspect();
      if (state !== 'same') return state === 'absent' ? 'absent' : 'foreign';
      await wrangler.run(`Queue ${name} was not deleted`, ['queues', 'delete', name]);
      return 'removed';
    },
  };
}

const isMissing = ({ stdout, stderr }: WranglerResult): boolean =>
  /Queue "[^"]*" does not exist/.test(`${stderr}\n${stdout}`);

/** Of the lines `Producers: worker:mesh` and `Consumers: worker:mesh`. */
const scriptsOf = ({ stdout }: WranglerResult): string[] => [
  ...new Set([...stdout.matchAll(/\bworker:([\w-]+)/g)].map(([, script = '']) => script)),
];
