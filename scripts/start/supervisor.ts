// Runs a program between `npm start` and it, because the program would outlive a start that is killed.
// Owns a process group with the program in it, and ends the whole group when its parent ends, even by SIGKILL.
// Does not know what the program does.
import { spawn, spawnSync } from 'node:child_process';

const [program, ...args] = process.argv.slice(2);
if (!program) throw new Error('supervisor: give the program to run as the first argument');
if (!process.send)
  throw new Error('supervisor: start it with an IPC channel, which closes when its parent ends');

const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
child.on('error', (error) => {
  console.error(`supervisor: ${program} does not start: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal) console.error(`supervisor: ended by ${signal}`);
  process.exit(code ?? 1);
});

process.on('message', (message) => {
  if (message === 'stop') child.kill('SIGTERM');
});
process.on('disconnect', () => {
  if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(process.pid), '/T', '/F']);
  else process.kill(-process.pid, 'SIGKILL');
});
