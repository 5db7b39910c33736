// `npm run check-target -- TARGET` runs one check now, from this machine or through a mesh, and prints what happened.
import { checkTarget, NOT_MEASURED } from './command.ts';

process.exitCode = await checkTarget(process.argv.slice(2), {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  onInterrupt(end) {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => void end().finally(() => process.exit(NOT_MEASURED)));
  },
});
