import { type FlagSpecs, repeatable, text, toggle } from './flag.ts';

const SOURCES = 'SOURCE';
const NETWORK = 'NETWORK';

/** What is asked for attestations. */
export const SOURCE_FLAGS: FlagSpecs = {
  source: repeatable(
    SOURCES,
    '<name>',
    'Asked beside the place where the artifact lies: github:OWNER[/REPO], oci:REGISTRY/REPOSITORY, github-release:OWNER/REPO@TAG, npm, pypi, rekor[:URL]',
  ),
  'via-index': text(
    SOURCES,
    '<sha256:hex>',
    'Index through which an image for one platform is reached: its attestations count too',
  ),
  'check-log': toggle(
    SOURCES,
    'Demand that the log entries of an attestation are still in their logs, which are asked for it',
  ),
  timeout: text(SOURCES, '<duration>', 'Longest time for all requests about one artifact; default 2m'),
  'github-url': text(SOURCES, '<url>', 'API of GitHub; default https://api.github.com'),
  'pypi-url': text(SOURCES, '<url>', 'Index of Python packages; default https://pypi.org'),
};

/** How it is asked; the same for everything that goes over the network. */
export const NETWORK_FLAGS: FlagSpecs = {
  'allow-host': repeatable(
    NETWORK,
    '<host:port>',
    'A host of yours that may lie in a private network, be plain http, and be led to by answers',
  ),
  proxy: text(
    NETWORK,
    '<url>',
    'Proxy for all requests; default HTTPS_PROXY, with the exceptions of NO_PROXY',
  ),
  'ca-file': text(NETWORK, '<file>', 'PEM of certificate authorities that are trusted beside those of Node'),
  'client-certificate': repeatable(
    NETWORK,
    '<host:port=certificate,key>',
    'PEM files of a certificate that is shown to this host alone',
  ),
  'credential-helper': repeatable(
    NETWORK,
    '<name=path>',
    'Program docker-credential-NAME, in place of the one on PATH',
  ),
  'registry-config': text(
    NETWORK,
    '<file>',
    'Credentials of registries, as docker login writes them; default the usual places',
  ),
  npmrc: text(NETWORK, '<file>', 'Registries of npm and their credentials; default the one of the user'),
  'cache-dir': text(NETWORK, '<folder>', 'Where immutable content is kept between runs'),
  'without-cache': toggle(NETWORK, 'Keep nothing, and use nothing that was kept'),
};

const OF_SOURCES = ['npmrc', 'cache-dir', 'without-cache'];

/** How a registry is reached, for commands that write there. */
export const REGISTRY_FLAGS: FlagSpecs = Object.fromEntries(
  Object.entries(NETWORK_FLAGS).filter(([name]) => !OF_SOURCES.includes(name)),
);
