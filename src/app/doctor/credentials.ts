import type { SlsaGateError } from '../../errors.ts';
import { type CheckLine, fails, isOk, notChecked, type Place, warns } from './check.ts';
import { type Check, step } from './run.ts';

/** A credential that would be used, without its secret. */
export interface SeenCredential {
  /** Registry, origin or `//host/path`; `*` for a helper of all registries. */
  readonly place: string;
  readonly kind: string;
  /** `GH_TOKEN`, `~/.docker/config.json`, `helper NAME`. */
  readonly from: string;
}

export interface SeenCredentials {
  readonly usable: readonly SeenCredential[];
  readonly problems: readonly { readonly from: string; readonly problem: SlsaGateError }[];
  /** What people should know of the files. */
  readonly warnings: readonly string[];
}

export interface CredentialPorts {
  /** All of them, but for what .npmrc says; helpers are looked up and not run. */
  readonly describe: () => Promise<SeenCredentials>;
  /** What .npmrc says. @throws SlsaGateError `credential.unusable` */
  readonly npmrc: () => Promise<{
    readonly places: readonly string[];
    readonly warnings: readonly string[];
  }>;
  /**
   * Where the credential of a registry comes from; runs its helper. Undefined: there is none.
   *
   * @throws SlsaGateError `credential.unusable`
   */
  readonly askFor: (registry: string) => Promise<string | undefined>;
  /** Registries that are asked in this run. */
  readonly registries: readonly string[];
}

const HELPER = 'helper ';
const DOCKER: Place = { id: 'docker-config', name: 'credentials of registries' };
const NPMRC: Place = { id: 'npmrc', name: '.npmrc' };
const FIX_WARNING = 'Mend the file as it says.';

const placeOfProblem = (from: string): Place => {
  if (from.startsWith(HELPER)) return { id: 'credential-helper', name: from };
  if (/^(?:https?:\/\/|[A-Z_]+$)/.test(from)) return { id: 'credential', name: `credential for ${from}` };
  return { ...DOCKER, name: from };
};

export function credentialChecks(ports: CredentialPorts): readonly Check[] {
  const { describe, npmrc, registries } = ports;
  return [
    {
      ...DOCKER,
      run: async () => {
        const { usable, problems, warnings } = await describe();
        const broken = problems.map(({ from, problem }) => fails(placeOfProblem(from), problem));
        const told = warnings.map((warning) => warns(DOCKER, warning, FIX_WARNING));
        const known = usable.map(
          ({ place, kind, from }): CheckLine =>
            isOk({ id: 'credential', name: `credential for ${place}` }, `${kind} from ${from}`),
        );
        const lines = [...broken, ...told, ...known.filter(({ found }) => !found.startsWith(HELPER))];
        const helpers = usable.filter(({ kind }) => kind === 'helper');
        for (const helper of helpers) lines.push(...(await helperLines(helper, ports)));
        const isFileFine = !lines.some(({ id }) => id === DOCKER.id);
        return isFileFine ? [isOk(DOCKER, summaryOf(usable, registries)), ...lines] : lines;
      },
    },
    {
      ...NPMRC,
      run: async () => {
        const { places, warnings } = await npmrc();
        if (warnings.length > 0)
          return warnings.map((warning) => warns(NPMRC, warning, FIX_WARNING, codeOf(warning)));
        return isOk(NPMRC, places.length === 0 ? 'no credentials' : `credentials for ${places.join(', ')}`);
      },
    },
  ];
}

const codeOf = (warning: string): 'config.unset-variable' | undefined =>
  warning.includes('needs the variable') ? 'config.unset-variable' : undefined;

function summaryOf(usable: readonly SeenCredential[], registries: readonly string[]): string {
  const places = new Set(usable.map(({ place }) => place));
  if (places.has('*')) return 'a helper keeps them';
  if (places.size === 0) return 'none';
  const without = registries.filter((registry) => !places.has(registry));
  return without.length === 0 ? 'can be read' : `can be read; ${without.join(', ')}: asked as nobody`;
}

/** One that has a registry of its own is asked for it; that of all registries, for those of this run. */
async function helperLines(
  { place, from }: SeenCredential,
  { askFor, registries }: CredentialPorts,
): Promise<readonly CheckLine[]> {
  const asked = place === '*' ? registries : [place];
  if (asked.length === 0)
    return [
      notChecked({ id: 'credential-helper', name: from }, 'installed; no registry is asked in this run'),
    ];
  const lines: CheckLine[] = [];
  for (const registry of asked) {
    const own: Place = { id: 'credential-helper', name: `${from} for ${registry}` };
    lines.push(
      ...(await step(own, async () => {
        const origin = await askFor(registry);
        return isOk(own, origin === undefined ? 'answers that it keeps nothing' : `gives a credential`);
      })),
    );
  }
  return lines;
}
