/**
 * Writes the cases of the presets: `node scripts/policy-fixtures.ts [PRESET...]`. Keys are new each time, so all files of a
 * preset change together.
 */
import type { FixtureSet } from './policy-fixtures/cases.ts';
import { containerImagesRegulated } from './policy-fixtures/container-images-regulated.ts';
import { googleCloudBuild } from './policy-fixtures/google-cloud-build.ts';
import { level2Github } from './policy-fixtures/level-2-github.ts';
import { level3Generator } from './policy-fixtures/level-3-generator.ts';
import { npmPackages } from './policy-fixtures/npm-packages.ts';
import { writeFixtures } from './policy-fixtures/write.ts';

const SETS: Readonly<Record<string, () => FixtureSet>> = {
  'container-images-regulated': containerImagesRegulated,
  'google-cloud-build': googleCloudBuild,
  'npm-packages': npmPackages,
  'slsa-level-2-github': level2Github,
  'slsa-level-3-generator': level3Generator,
};

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? Object.keys(SETS) : wanted) {
  const make = SETS[name];
  if (make === undefined) throw new Error(`no such preset: ${name}`);
  writeFixtures(make());
}
