// `npm run estimate` prints what a mesh costs a month, and which limits it exceeds.
import { estimateCommand } from './command.ts';

process.exitCode = await estimateCommand(process.argv.slice(2), {
  env: process.env,
  // npm runs scripts in the project's folder, but a path is relative to the caller's.
  cwd: process.env.INIT_CWD ?? process.cwd(),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
});
