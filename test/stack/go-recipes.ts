import { join } from 'node:path';
import { ROOT } from '../e2e/built.ts';

/** Where a program is built from: a Go module in this repository, or a version of somebody's. */
export type Recipe =
  | { readonly folder: string; readonly package: string }
  /** `package` lies in `module`; both are named, so that no proxy is asked what is a module. */
  | { readonly module: string; readonly version: string; readonly package: string };

const interop = (name: string): string => join(ROOT, 'test', 'interop', 'go', name);
const released = (module: string, version: string, path = ''): Recipe => ({
  module,
  version,
  package: `${module}${path}`,
});

/** Its module and version. */
export const TRILLIAN = ['github.com/google/trillian', 'v1.8.0'] as const;

export const RECIPES = {
  /** Ours, around a registry as a library. */
  ociregd: { folder: join(ROOT, 'test', 'stack', 'ociregd'), package: '.' },
  /** Ours, around golang.org/x/mod/sumdb. */
  'log-check': { folder: interop('log-check'), package: '.' },
  'slsa-verifier': {
    folder: interop('slsa-verifier'),
    package: 'github.com/slsa-framework/slsa-verifier/v2/cli/slsa-verifier',
  },
  registry: released('github.com/distribution/distribution/v3', 'v3.1.2', '/cmd/registry'),
  crane: released('github.com/google/go-containerregistry', 'v0.22.1', '/cmd/crane'),
  oras: released('oras.land/oras', 'v1.3.6', '/cmd/oras'),
  cosign: { folder: interop('cosign'), package: 'github.com/sigstore/cosign/v3/cmd/cosign' },
  'trillian-log-server': released(...TRILLIAN, '/cmd/trillian_log_server'),
  'trillian-log-signer': released(...TRILLIAN, '/cmd/trillian_log_signer'),
  createtree: released(...TRILLIAN, '/cmd/createtree'),
  'ct-server': released(
    'github.com/google/certificate-transparency-go',
    'v1.4.0',
    '/trillian/ctfe/ct_server',
  ),
  // Newer versions of the next two and of the timestamp server need a newer Go; newer rekor-tiles take no dsse entries.
  'rekor-server': released('github.com/sigstore/rekor', 'v1.5.4', '/cmd/rekor-server'),
  'rekor-tiles': released('github.com/sigstore/rekor-tiles/v2', 'v2.2.1', '/cmd/rekor-server/posix'),
  fulcio: released('github.com/sigstore/fulcio', 'v1.8.8'),
  'timestamp-server': released(
    'github.com/sigstore/timestamp-authority/v2',
    'v2.1.3',
    '/cmd/timestamp-server',
  ),
} as const satisfies Readonly<Record<string, Recipe>>;

export type GoTool = keyof typeof RECIPES;

/** Where each program lies. */
export type GoTools = Readonly<Record<GoTool, string>>;

/** All of them, what is needed first and what is built fastest before the others. */
export const GO_TOOLS = Object.keys(RECIPES) as GoTool[];
