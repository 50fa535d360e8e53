import { nextCursor } from '../../src/adapters/attestations/github/pages.ts';
import { decodeSnappy } from '../../src/adapters/attestations/github/snappy.ts';
import { toSha512 } from '../../src/adapters/attestations/npm/integrity.ts';
import { toManifest, versionsOf } from '../../src/adapters/attestations/npm/manifest.ts';
import { parseChallenge } from '../../src/adapters/attestations/oci/challenge.ts';
import { nextPage } from '../../src/adapters/attestations/oci/link.ts';
import { filesOf } from '../../src/adapters/attestations/pypi/project-page.ts';
import { parseNpmrc } from '../../src/adapters/credentials/npmrc.ts';
import { parseJson } from '../../src/core/model/json.ts';
import { encodeLogWitness, parseLogWitness } from '../../src/core/model/log-witness.ts';
import { looksLikeOciReference, parseOciReference } from '../../src/core/model/oci/reference.ts';
import {
  parseConsistency,
  parseEntries,
  parseTreeHeads,
  parseUuids,
} from '../../src/core/model/rekor-api.ts';
import { parseSourceName, printSourceName } from '../../src/core/model/source-name.ts';
import { parsePackageHistory } from '../../src/core/rules/no-downgrade.ts';
import { mutateBytes, mutateText } from '../mutate.ts';
import { mutateJson } from '../mutate-json.ts';
import { answerOf, assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

const HEX = 'ab'.repeat(32);
const MAX = 1024;
const BASE = new URL('https://registry.local/v2/octo/widget/referrers/sha256:ab');

const TEXTS: readonly string[] = [
  'Bearer realm="https://auth.local/token",service="registry.local",scope="repository:octo/widget:pull"',
  'Basic realm="registry.local", charset="UTF-8"',
  '</v2/octo/widget/referrers/sha256:ab?n=10&last=x>; rel="next"',
  '<https://api.github.com/repositories/1/attestations/x?after=abc&per_page=100>; rel="next", <https://x>; rel="last"',
  `registry.local:5000/octo/widget:1.2.3@sha256:${HEX}`,
  '[::1]:5000/octo/widget:1.2.3',
  'github-release:octo/widget@v1.2.3',
  'oci:registry.local/octo/widget',
  'rekor:https://log.local/path',
  `sha512-${'A'.repeat(86)}== sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=`,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as npm has it in its file
  'registry=https://registry.local/\n//registry.local/:_authToken=${NPM_TOKEN}\n@octo:registry=https://octo.local/',
];
const DOCUMENTS: readonly unknown[] = [
  {
    name: 'widget',
    version: '1.2.3',
    dist: {
      integrity: `sha512-${'A'.repeat(86)}==`,
      tarball: 'https://registry.local/widget/-/widget-1.2.3.tgz',
      attestations: { url: 'https://registry.local/-/npm/v1/attestations/widget@1.2.3', provenance: {} },
      signatures: [{ keyid: 'a', sig: 'b' }],
    },
  },
  { name: 'widget', versions: { '1.2.3': { name: 'widget', version: '1.2.3', dist: {} } }, time: {} },
  {
    meta: { 'api-version': '1.1' },
    name: 'widget',
    files: [{ filename: 'widget-1.2.3.tar.gz', hashes: { sha256: HEX }, provenance: null, yanked: false }],
  },
  [`${'0'.repeat(16)}${HEX}`],
  {
    [`${'0'.repeat(16)}${HEX}`]: {
      body: 'e30=',
      integratedTime: 1,
      logID: HEX,
      logIndex: 1,
      verification: {
        signedEntryTimestamp: 'AA==',
        inclusionProof: { hashes: [HEX], logIndex: 1, rootHash: HEX, treeSize: 2, checkpoint: 'x' },
      },
    },
  },
  { v: 1, entries: [{ logId: HEX, logIndex: '7', parts: { checkpoint: 'AA==', tile: null } }] },
  {
    package: 'widget',
    version: '1.2.3',
    versions: [{ version: '1.2.3', publishedAt: '2026-01-01T00:00:00.000Z', hasProvenance: true }],
  },
];
/** "hello, hello, hello" as a Snappy block: a literal and a copy. */
const BLOCK = Buffer.from([19, 24, ...Buffer.from('hello, '), 46, 7, 0]);

/** A header in which there is nothing is no refusal, and nothing was let in either. */
const found = (tried: ReturnType<typeof attempt<unknown>>): string =>
  'refused' in tried ? tried.refused : tried.value === undefined ? 'nothing found' : 'accepted';

const isOwn = (url: URL): boolean => url.origin === BASE.origin;

/** F16: what servers answer beside attestations, and what names them: headers, pages, lists, blocks, references. */
export function answersTarget(): FuzzTarget {
  return {
    id: 'F16',
    title: 'answers of servers: headers, lists, blocks',
    draw(random) {
      if (random.oneIn(5)) return mutateBytes(BLOCK, random);
      if (random.oneIn(2)) return Buffer.from(mutateText(random.pick(TEXTS), random));
      return Buffer.from(JSON.stringify(mutateJson(random.pick(DOCUMENTS), random, DOCUMENTS)) ?? '');
    },
    check(input) {
      const text = input.toString('utf8');
      const block = attempt(() => decodeSnappy(input, MAX));
      if ('value' in block) assert(block.value.length <= MAX, 'decoded more than the bound');
      const next = attempt(() => nextPage(text, BASE, isOwn));
      if ('value' in next && next.value !== undefined)
        assert(next.value.origin === BASE.origin, 'a page of another origin');
      const name = attempt(() => parseSourceName(text));
      if ('value' in name) assert(printSourceName(name.value) === text, 'a source has two names');
      const image = attempt(() => parseOciReference(text));
      if ('value' in image) {
        assert(looksLikeOciReference(text), 'an image that would be taken for a path');
        const url = URL.parse(`https://${image.value.registry}/`);
        assert(url !== null && url.username === '', 'a registry that is no host');
        assert(!/[A-Z]|\.\./.test(image.value.repository), 'a repository of another form');
      }
      const witness = attempt(() => parseLogWitness(input));
      if ('value' in witness)
        assert(
          answerOf(() => parseLogWitness(encodeLogWitness(witness.value))) === 'accepted',
          'does not read back',
        );
      // Whatever it is, it is a file of npm's; what it says does not show whether anything was let in.
      answerOf(() => parseNpmrc(text, {}));
      const json = attempt(() => parseJson(input, 'answer'));
      const read = 'value' in json ? json.value : null;
      return joinAnswers([
        'value' in block ? 'accepted' : block.refused,
        found(next),
        found(attempt(() => nextCursor(text, 'https://api.github.com', 'after'))),
        found(attempt(() => parseChallenge(text))),
        'value' in name ? 'accepted' : name.refused,
        'value' in image ? 'accepted' : image.refused,
        'value' in witness ? 'accepted' : witness.refused,
        answerOf(() => toSha512(text, 'widget')),
        answerOf(() => parsePackageHistory(input)),
        answerOf(() => toManifest(read, { name: 'widget', version: '1.2.3' })),
        answerOf(() => versionsOf(read, { name: 'widget' } as never)),
        answerOf(() => filesOf(read, { project: 'widget', version: '1.2.3' } as never)),
        answerOf(() => parseUuids(read)),
        answerOf(() => parseEntries(read)),
        answerOf(() => parseTreeHeads(read)),
        answerOf(() => parseConsistency(read)),
      ]);
    },
  };
}
