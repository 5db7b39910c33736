// The tests that run against every mutation of src/engine: fast ones, with the same random worlds every time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts'],
    env: { PROPERTY_RUNS: '4', PROPERTY_SEED: '20261124' },
    testTimeout: 20_000,
    // No test keeps state between files.
    isolate: false,
    fileParallelism: false,
    bail: 1,
  },
});
