import { SlsaGateError } from '../../errors.ts';
import { credentialIn, helperOf, loadDockerConfig, namedIn } from './docker-config.ts';
import { shownPath } from './file.ts';
import { githubCredentials, gitlabCredentials, knownApis } from './forge.ts';
import { programOf } from './helper.ts';
import { npmCredentials } from './npm.ts';
import { type CredentialOptions, variable } from './options.ts';
import { dockerConfigFiles, ofJob } from './registry.ts';
import { registryOfKey } from './registry-name.ts';
import type { CredentialOrigin, KnownCredential } from './types.ts';

/** A credential that would be used, without its secret. */
export interface CredentialDescription {
  /** Registry, origin or `//host/path`; `*` for a helper of all registries. */
  readonly place: string;
  readonly kind: 'basic' | 'refresh-token' | 'bearer' | 'helper' | 'token';
  readonly from: CredentialOrigin;
}

/** A file, variable or helper that is configured and does not work. */
export interface CredentialProblem {
  readonly from: CredentialOrigin;
  readonly problem: SlsaGateError;
}

export interface DescribedCredentials {
  readonly usable: readonly CredentialDescription[];
  readonly problems: readonly CredentialProblem[];
}

/** APIs that are asked beside those that the environment names. */
export interface ApiAddresses {
  readonly github?: readonly string[];
  readonly gitlab?: readonly string[];
}

/** What there is, for people. Helpers are looked up and not run. */
export async function describeCredentials(
  options: CredentialOptions,
  apis: ApiAddresses = {},
): Promise<DescribedCredentials> {
  const usable: CredentialDescription[] = [];
  const problems: CredentialProblem[] = [];
  const attempt = async (from: string, work: () => unknown): Promise<void> => {
    try {
      await work();
    } catch (problem) {
      if (!(problem instanceof SlsaGateError)) throw problem;
      problems.push({ from, problem });
    }
  };
  const addHelper = (place: string, name: string): Promise<void> =>
    attempt(`helper ${name}`, async () => {
      await programOf(name, options);
      usable.push({ place, kind: 'helper', from: `helper ${name}` });
    });

  for (const file of dockerConfigFiles(options)) {
    const shown = shownPath(file.path, options);
    await attempt(shown, async () => {
      const config = await loadDockerConfig(file, options);
      if (config === undefined) return;
      for (const place of namedIn(config)) {
        await attempt(shown, async () => {
          const helper = helperOf(config, place);
          const own = credentialIn(config, place);
          if (helper !== undefined && helper !== config.credsStore) await addHelper(place, helper);
          else if (own !== undefined) usable.push({ place, kind: own.kind, from: own.from });
        });
      }
      if (config.credsStore !== undefined) await addHelper('*', config.credsStore);
    });
  }
  await attempt('CI_REGISTRY_PASSWORD', () => {
    const place = registryOfKey(variable(options, 'CI_REGISTRY') ?? '');
    const found = place === undefined ? undefined : ofJob(place, options);
    if (found !== undefined && place !== undefined)
      usable.push({ place, kind: found.kind, from: found.from });
  });

  const addToken = (find: typeof githubCredentials, address: string): Promise<void> =>
    attempt(address, () => add(find(options, address), 'token'));
  const add = (
    found: KnownCredential | undefined,
    kind: CredentialDescription['kind'],
    place?: string,
  ): void => {
    if (found !== undefined) usable.push({ place: place ?? found.origin, kind, from: found.from });
  };
  const known = knownApis(options);
  for (const address of distinct(known.github, apis.github)) await addToken(githubCredentials, address);
  for (const address of distinct(known.gitlab, apis.gitlab)) await addToken(gitlabCredentials, address);
  await attempt('.npmrc', async () => {
    const npm = await npmCredentials(options);
    for (const place of npm.places)
      await attempt(place, () => {
        const found = npm.credentialFor(`https:${place}`);
        add(found, found?.value.startsWith('Bearer ') === true ? 'token' : 'basic', place);
      });
  });
  return { usable, problems };
}

const distinct = (known: readonly string[], more: readonly string[] = []): readonly string[] => [
  ...new Map([...known, ...more].map((address) => [URL.parse(address)?.origin ?? address, address])).values(),
];
