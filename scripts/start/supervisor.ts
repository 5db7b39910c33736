// Stands between `npm start` and a program that would outlive it: leads a process group of its own, runs the program in
// it, and takes the whole group down when the start process is gone, even by SIGKILL. Knows nothing of the program.
import { spawn, spawnSync } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error('guard: name the program to run as the first argument');
if (!process.send)
  throw new Error('guard: start it with an IPC channel, by which it notifications the end of its parent');

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(`guard: ${program} does not run: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal) console.error(`guard: ended by ${signal}`);
  process.exit(code ?? 1);
});

process.on('message', (message) => {
  if (message === 'stop') child.kill('SIGTERM');
});
process.on('disconnect', () => {
  if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(process.pid), '/T', '/F']);
  else process.kill(-process.pid, 'SIGKILL');
});
