import { isDeepStrictEqual } from 'node:util';
import { parseAttestations } from '../../src/core/attestation/parse.ts';
import { parseBundle } from '../../src/core/model/bundle.ts';
import { parseJson } from '../../src/core/model/json.ts';
import { parseStatement } from '../../src/core/model/statement.ts';
import { SlsaGateError } from '../../src/errors.ts';
import { mutateJson, mutateJsonText } from '../mutate-json.ts';
import { corpusBundles, loadSeeds } from '../seeds.ts';
import { assert, attempt, type FuzzTarget, joinAnswers } from '../target.ts';

/** Member names of a JSON text as it stands, by object; JSON.parse keeps the last of two. */
function hasDoubledMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  for (const [token, string, colon] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (colon !== undefined && string !== undefined) {
      const members = open.at(-1);
      const name = String(JSON.parse(string));
      if (members?.has(name) === true) return true;
      members?.add(name);
    }
  }
  return false;
}

/**
 * F5: envelopes and lists of attestations in all forms, and in-toto statements, as bytes. Strict JSON must be what
 * JSON.parse reads, with no member twice.
 */
export function statementTarget(): FuzzTarget {
  const seeds = loadSeeds();
  const texts = [...seeds.bundles, ...seeds.githubBundles];
  const bundles = texts.map((text) => parseBundle(Buffer.from(text)));
  const statements = bundles.flatMap(({ content }) =>
    content.kind === 'dsse' ? [content.payload.toString()] : [],
  );
  const envelopes = bundles.flatMap(({ json }) =>
    json.dsseEnvelope === undefined ? [] : [JSON.stringify(json.dsseEnvelope)],
  );
  const [bundle] = texts;
  const npm = JSON.stringify({
    attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle: JSON.parse(bundle ?? 'null') }],
  });
  const corpus = [...statements, ...statements, ...envelopes, npm, ...texts, ...corpusBundles()];
  const documents = corpus.map((text): unknown => JSON.parse(text));

  return {
    id: 'F5',
    title: 'envelopes and statements',
    draw(random) {
      const index = random.below(corpus.length);
      const altered = random.oneIn(4) ? documents[index] : mutateJson(documents[index], random, documents);
      const text = JSON.stringify(altered) ?? '';
      const bytes = random.oneIn(2) ? mutateJsonText(text, random) : Buffer.from(text);
      if (!random.oneIn(10)) return bytes;
      return Buffer.concat([
        bytes,
        Buffer.from(random.pick(['\n', '\r\n', '\n\n'])),
        Buffer.from(random.pick(corpus)),
      ]);
    },
    check(input) {
      const json = attempt(() => parseJson(input, 'input'));
      if ('value' in json) {
        const text = input.toString('utf8');
        assert(isDeepStrictEqual(JSON.parse(text), json.value), 'read another value than JSON.parse');
        assert(!hasDoubledMember(text), 'accepted a member twice');
      }
      const statement = attempt(() => parseStatement(input));
      if ('value' in statement) {
        const { subjects } = statement.value;
        assert(subjects.length > 0, 'accepted a statement without a subject');
        for (const { digest } of subjects)
          assert(Object.keys(digest).length > 0, 'accepted a subject without a digest');
      }
      const found = attempt(() => parseAttestations([{ bytes: input, source: 'input' }]));
      const forms = 'refused' in found ? [found.refused] : found.value.map(({ parsed }) => formOf(parsed));
      return joinAnswers(['value' in statement ? 'accepted' : statement.refused, ...forms]);
    },
  };
}

const formOf = (parsed: object): string => (parsed instanceof SlsaGateError ? parsed.finding : 'accepted');
