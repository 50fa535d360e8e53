import { configDefaults, defineConfig } from 'vitest/config';

/** A file for the counts of a run, beside what people read; .ci/run reads it. */
const { SLSA_GATE_TEST_REPORT: report } = process.env;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // `npm run e2e`: needs a Go toolchain.
    exclude: [...configDefaults.exclude, 'test/interop/**'],
    setupFiles: ['test/kit/setup/egress.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A test that asserts nothing cannot fail, so it is refused.
    expect: { requireAssertions: true },
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
