import { SHIPPED_ROOTS } from '../../model/trusted-root-names.ts';
import { parsePolicy } from '../parse.ts';
import { draftPackage } from './package.ts';
import type { SeenBuild } from './release.ts';
import { collect, seenIn } from './seen.ts';
import { comment, indent, item, scalar } from './yaml.ts';

/** A past release as it was given. */
export interface GivenRelease {
  /** From 1. */
  readonly number: number;
  readonly reference: string;
  /** `sha256:<hex>`; null where it could not be read. */
  readonly digest: string | null;
  /** Package by which the policy will know it; null where nothing was verified. */
  readonly package: string | null;
  readonly builds: readonly SeenBuild[];
  /** Why nothing of it is used; null where something is. */
  readonly unused: { readonly code: string; readonly message: string } | null;
}

export interface InferredPolicy {
  /** A policy, marked as a draft. */
  readonly text: string;
  /** What is not the same in all releases, in sentences. */
  readonly differences: readonly string[];
}

/**
 * Drafts a policy that the given releases meet: exact values, each with the releases that it was seen in. What differs is
 * listed and never generalised, but for builders that were always called at a full version tag.
 *
 * At least one release has builds.
 */
export function inferPolicy(releases: readonly GivenRelease[]): InferredPolicy {
  const used = releases.filter(({ builds }) => builds.length > 0);
  const builds = used.flatMap((release) => release.builds);
  const names = [...new Set(used.flatMap((release) => release.package ?? []))];
  const drafts = names.map((name) =>
    draftPackage(
      name,
      used.filter((release) => release.package === name).flatMap((release) => release.builds),
    ),
  );
  const roots = rootsOf(builds);
  const text = [
    ...header(releases),
    'schemaVersion: 1',
    'name: inferred',
    'draft: true',
    ...roots.files,
    'packages:',
    ...drafts.flatMap(({ lines }) => indent(item(lines))),
    'environments:',
    '  production:',
    ...indent([...levelLines(builds), ...roots.names, ...bundleLines(builds)], 4),
    '',
  ].join('\n');
  // What was read out of attestations must not become anything but values.
  parsePolicy(Buffer.from(text), 'inferred.yaml');
  return { text, differences: drafts.flatMap(({ differences }) => differences) };
}

function header(releases: readonly GivenRelease[]): readonly string[] {
  const used = releases.filter(({ unused }) => unused === null);
  const others = releases.filter(({ unused }) => unused !== null);
  return [
    '# yaml-language-server: $schema=policy.v1.json',
    '#',
    '# Drafted by slsa-gate policy infer. Every value was proven by attestations of the releases that are named beside it:',
    ...used.map(({ number, reference, digest }) => comment(`  ${number}  ${reference}  ${digest ?? ''}`)),
    ...(others.length === 0
      ? []
      : ['# Nothing was taken from these, since nothing about them could be verified:']),
    ...others.map(({ number, reference, unused }) =>
      comment(`  ${number}  ${reference}: ${unused?.code ?? ''}, ${unused?.message ?? ''}`),
    ),
    '#',
    '# Before it is used: read every line, widen what the next release will have another value of (refs, most often), name',
    '# your environments, and take out `draft`. Then slsa-gate policy check and policy test.',
  ];
}

function levelLines(builds: readonly SeenBuild[]): readonly string[] {
  const levels = collect(builds, ({ level }) => level).toSorted((a, b) => a.value - b.value);
  const [least, ...higher] = levels;
  if (least === undefined) throw new TypeError('a policy is inferred from nothing');
  return [
    ...higher.map(({ value, releases }) => comment(`level ${value} is reached by ${releases.join(', ')}`)),
    `level: ${least.value} ${seenIn(least.releases)}`,
  ];
}

/** Roots of the package by their names; files are pinned by digest. */
function rootsOf(builds: readonly SeenBuild[]): {
  readonly files: readonly string[];
  readonly names: readonly string[];
} {
  const seen = collect(builds, ({ root }) => root);
  const isShipped = (name: string): boolean => (SHIPPED_ROOTS as readonly string[]).includes(name);
  const files = seen.filter(({ value }) => !isShipped(value.name));
  const nameOf = (root: { readonly name: string }): string => {
    const index = files.findIndex(({ value }) => value === root);
    return index === -1 ? root.name : `root-${index + 1}`;
  };
  return {
    files:
      files.length === 0
        ? []
        : [
            'trust:',
            '  roots:',
            ...files.flatMap(({ value }) => [
              `    ${nameOf(value)}:`,
              `      file: ${scalar(value.name)}`,
              `      sha256: ${JSON.stringify(value.digest.replace(/^sha256:/, ''))}`,
            ]),
          ],
    names:
      seen.length === 0
        ? ['trustedRoots: [public-good] # required; the builds are signed by keys of their own']
        : ['trustedRoots:', ...seen.map(({ value, releases }) => `  - ${nameOf(value)} ${seenIn(releases)}`)],
  };
}

/** The oldest version that was seen; where something else than a bundle counts, nothing is asked. */
function bundleLines(builds: readonly SeenBuild[]): readonly string[] {
  if (builds.some(({ bundleVersion }) => bundleVersion === undefined)) return [];
  const [oldest] = collect(builds, ({ bundleVersion }) => bundleVersion).toSorted((a, b) =>
    a.value < b.value ? -1 : 1,
  );
  return oldest === undefined
    ? []
    : [`minBundleVersion: ${JSON.stringify(oldest.value)} ${seenIn(oldest.releases)}`];
}
