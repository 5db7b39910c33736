// `npm run check-target -- TARGET`: runs one check now, here or through a mesh, and shows what happened.
import { checkTarget, UNMEASURED } from './command.ts';

process.exitCode = await checkTarget(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  onEnd(end) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => void end().finally(() => process.exit(UNMEASURED)));
  },
});
