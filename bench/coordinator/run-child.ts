// Owns a process of its own for one measurement: its task goes in as an argument, its result comes back as a message.
import { fork } from 'node:child_process';
import { PROJECT_ROOT } from '../../scripts/start/wrangler.ts';

export function runChild<Task, Result>(script: string, task: Task): Promise<Result> {
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    const child = fork(script, [JSON.stringify(task)], {
      cwd: PROJECT_ROOT,
      execArgv: ['--no-warnings'],
      // Only the parent writes to stdout.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.once('error', reject);
    child.on('message', (message) => {
      result = message as Result;
    });
    child.once('exit', (code, signal) => {
      if (result && code === 0) resolve(result);
      else reject(new Error(`the measured process ended (${signal ?? code}). Its output is above.`));
    });
  });
}
