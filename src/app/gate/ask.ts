import { encodeClock } from '../../core/clock.ts';
import { CLOCK_FACT } from '../../core/model/fact.ts';
import { parsePurl } from '../../core/model/purl.ts';
import { parseSourceUri, type SourceRepository } from '../../core/model/source-uri.ts';
import { packageName } from '../../core/policy/package-name.ts';
import { matchingPackages } from '../../core/policy/requirements.ts';
import type { Policy, PolicyPackage } from '../../core/policy/schema.ts';
import type { CollectedAttestations } from '../../core/ports.ts';
import type { NamedArtifact } from '../open-artifact.ts';
import { type Asked, askAbout } from '../sources/ask.ts';
import { parseSourceNames } from '../sources/choose.ts';
import { assertReachable, toWanted, type WantedArtifact } from '../sources/want.ts';
import { namedPackage } from './open.ts';
import type { GatePorts, GateRequest } from './requests.ts';

export interface AskContext {
  readonly request: Pick<
    GateRequest,
    'bundles' | 'evidenceLogs' | 'sources' | 'viaIndex' | 'package' | 'artifacts'
  >;
  readonly policy: Policy;
  readonly ports: Pick<GatePorts, 'artifacts' | 'openSources' | 'onAsked'>;
}

/**
 * Asks the sources about all artifacts that have some, together. Where one has no home, the policy says from which
 * repository it must come. Clocks of the servers become a fact of each of them.
 *
 * @throws SlsaGateError for usage
 */
export async function askAboutArtifacts(
  named: readonly NamedArtifact[],
  files: CollectedAttestations,
  { request, policy, ports }: AskContext,
): Promise<ReadonlyMap<NamedArtifact, Asked>> {
  const isGiven = request.bundles.length > 0 || request.evidenceLogs.length > 0;
  const sources = parseSourceNames(request.sources ?? []);
  const wanted = new Map<NamedArtifact, WantedArtifact>();
  for (const one of named) {
    const purl = namedPackage(request.package, one);
    const repositories = purl === undefined ? [] : repositoriesOf(entriesAbout(policy, purl));
    const canAsk = ports.openSources !== undefined;
    const choice = { named: sources, isGiven, canAsk, purl, repositories };
    const found = await toWanted(one, choice, { purl, withBytes: false }, ports.artifacts);
    assertReachable(request.viaIndex, found);
    if (found === undefined) continue;
    const wantsHistory = policy.packages.some(({ noDowngrade }) => noDowngrade === true);
    wanted.set(one, { ...found, wantsHistory });
  }
  const { asked, clocks } = await askAbout(wanted, {
    openSources: ports.openSources,
    viaIndex: request.viaIndex,
    given: isGiven ? [files] : [],
    onAsked: ports.onAsked,
  });
  const clock = clocks.length === 0 ? [] : [{ name: CLOCK_FACT, bytes: encodeClock(clocks) }];
  return new Map(
    [...asked].map(([one, answer]): [NamedArtifact, Asked] => {
      if ('error' in answer) return [one, answer];
      const { located } = answer;
      return [one, { ...answer, located: { ...located, facts: [...located.facts, ...clock] } }];
    }),
  );
}

const entriesAbout = (policy: Policy, text: string): readonly PolicyPackage[] => {
  const purl = parsePurl(text);
  return purl === undefined ? [] : matchingPackages(policy, packageName(purl));
};

const repositoriesOf = (entries: readonly PolicyPackage[]): readonly SourceRepository[] =>
  entries.map(({ source }) => parseSourceUri(source.repository));
