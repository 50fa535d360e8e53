import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Attestation, DIGEST, type FixtureCase, type FixtureSet, NOW } from './cases.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const ORIGIN = (preset: string): string => `# Cases of \`policies/${preset}.yaml\`

\`slsa-gate policy test policies/fixtures/${preset}\` asks the policy each of them. One folder is one case; its name says
what the policy does.

The attestations that lie here are generated: \`node scripts/policy-fixtures.ts ${preset}\` writes all files of this folder
anew, with a private Sigstore of the tests (\`test/kit\`) that signs as the builder would. Whom the cases trust for it lies
beside them and is trusted nowhere else. Attestations under \`testdata/\` are real ones; their origin is noted there.
`;

/** Writes the folder of a preset, in place of what was there. */
export function writeFixtures(set: FixtureSet): void {
  const folder = join(ROOT, 'policies', 'fixtures', set.preset);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'README.md'), ORIGIN(set.preset));
  for (const [name, text] of Object.entries(set.files)) writeFileSync(join(folder, name), text);
  const shared = new Map<Attestation, string>();
  for (const attestation of attestationsOf(set))
    if (countOf(set, attestation) > 1 && !('project' in attestation))
      shared.set(attestation, `shared-${shared.size + 1}.json`);
  for (const [attestation, name] of shared) writeFileSync(join(folder, name), textOf(attestation));
  for (const one of set.cases) writeCase(join(folder, one.name), one, set, shared);
  const count = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).length;
  if (count !== set.cases.length) throw new Error(`two cases of ${set.preset} have the same name`);
}

const attestationsOf = ({ cases }: FixtureSet): ReadonlySet<Attestation> =>
  new Set(
    cases.flatMap(({ attestations = [], sources = [] }) => [
      ...attestations,
      ...sources.flatMap((source) => source.attestations ?? []),
    ]),
  );

const countOf = ({ cases }: FixtureSet, wanted: Attestation): number =>
  cases.filter(({ attestations = [], sources = [] }) =>
    [...attestations, ...sources.flatMap((source) => source.attestations ?? [])].includes(wanted),
  ).length;

function textOf(attestation: Attestation): string {
  if ('project' in attestation) throw new Error('a file of the project is not written');
  return `${'json' in attestation ? JSON.stringify(attestation.json) : attestation.text()}\n`;
}

function writeCase(
  folder: string,
  one: FixtureCase,
  set: FixtureSet,
  shared: ReadonlyMap<Attestation, string>,
): void {
  mkdirSync(folder);
  let written = 0;
  const fileOf = (attestation: Attestation): string => {
    if ('project' in attestation) return relative(folder, join(ROOT, attestation.project));
    const known = shared.get(attestation);
    if (known !== undefined) return `../${known}`;
    written += 1;
    const name = written === 1 ? 'attestation.json' : `attestation-${written}.json`;
    writeFileSync(join(folder, name), textOf(attestation));
    return name;
  };
  const { artifact = {}, attestations = [], sources, isReal = false, currentAt } = one;
  if (artifact.bytes !== undefined) writeFileSync(join(folder, 'artifact'), artifact.bytes);
  const file =
    artifact.project !== undefined
      ? relative(folder, join(ROOT, artifact.project))
      : artifact.bytes && 'artifact';
  const document = {
    schemaVersion: 1,
    ...(one.description === undefined ? {} : { description: one.description }),
    artifact: {
      package: artifact.package ?? set.package,
      ...(file === undefined ? { digest: artifact.digest ?? DIGEST } : { file }),
    },
    environment: one.environment ?? set.environment,
    ...(attestations.length === 0 ? {} : { attestations: attestations.map(fileOf) }),
    ...(sources === undefined
      ? {}
      : {
          sources: sources.map(({ attestations: found, ...source }) => ({
            ...source,
            ...(found === undefined ? {} : { attestations: found.map(fileOf) }),
          })),
        }),
    ...(isReal ? {} : trustOf(set.trust, currentAt)),
    ...(one.evidence === undefined ? {} : { evidence: one.evidence }),
    now: one.now ?? NOW,
    expect: one.expect,
  };
  writeFileSync(join(folder, 'case.yaml'), stringify(document, { lineWidth: 110, version: '1.2' }));
}

/** The root of the kit as it was known to be current at another time. */
function trustOf(
  trust: FixtureSet['trust'],
  currentAt: string | undefined,
): Readonly<Record<string, unknown>> {
  if (currentAt === undefined) return trust;
  return { ...trust, trustedRoots: { 'public-good': { file: '../trusted_root.json', currentAt } } };
}
