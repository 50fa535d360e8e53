import { defineConfig } from 'vitest/config';

const { SLSA_GATE_TEST_REPORT: report } = process.env;

/** `npm run e2e`: our records, read by programs of others. The tools are built first, which takes minutes once. */
export default defineConfig({
  test: {
    include: ['test/interop/**/*.test.ts'],
    globalSetup: ['test/interop/setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { requireAssertions: true },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
