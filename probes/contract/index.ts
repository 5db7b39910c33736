// The contract between coordinator and probes: job, observation, report. Zod schemas only; versioned.
export * from './facts.ts';
export * from './job.ts';
export * from './observation.ts';
export * from './report.ts';
export { CONTRACT_VERSION } from './version.ts';
