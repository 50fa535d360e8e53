import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSameRepository, parseSourceUri, parseSourceUriWithRef } from '../../src/core/model/source-uri.ts';
import { refusedOr } from './bundles.ts';
import { holds } from './settings.ts';

/** I8: one canonical form, the same for exactly the spellings that the forge takes for one repository. */

const host = fc.constantFrom('github.com', 'gitlab.com', 'bitbucket.org', 'git.example.com', 'codeberg.org');
const FOLDING = new Set(['github.com', 'gitlab.com', 'bitbucket.org']);
const segment = fc
  .stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/)
  .filter((name) => !name.toLowerCase().endsWith('.git'));
const repository = fc.tuple(host, segment, segment);
const prefix = fc.constantFrom('https://', 'git+https://', '');
const flip = (text: string, bits: number): string =>
  [...text]
    .map((char, index) => ((bits >> (index % 30)) & 1 ? char.toUpperCase() : char.toLowerCase()))
    .join('');

describe('I8 the canonical form', () => {
  it('is stable, and what a URL parser reads', () => {
    holds(
      fc.property(repository, prefix, ([name, owner, repo], scheme) => {
        const parsed = parseSourceUri(`${scheme}${name}/${owner}/${repo}`);
        expect(parseSourceUri(parsed.uri)).toEqual(parsed);
        const url = new URL(parsed.uri);
        expect([url.protocol, url.host, url.pathname]).toEqual(['https:', name, `/${parsed.path}`]);
        expect(url.href).toBe(parsed.uri);
      }),
      500,
    );
  });

  it('does not depend on the scheme written, nor on case where the host folds it', () => {
    holds(
      fc.property(repository, prefix, prefix, fc.nat(), ([name, owner, repo], one, two, bits) => {
        const a = parseSourceUri(`${one}${name}/${owner}/${repo}`);
        const b = parseSourceUri(`${two}${flip(name, bits)}/${owner}/${repo}`);
        expect(isSameRepository(a, b)).toBe(true);
        const path = flip(`${owner}/${repo}`, bits);
        const c = parseSourceUri(`${two}${name}/${path}`);
        expect(isSameRepository(a, c)).toBe(FOLDING.has(name) || path === `${owner}/${repo}`);
      }),
      500,
    );
  });

  it('is the same only for the same repository', () => {
    holds(
      fc.property(repository, repository, (one, two) => {
        const [a, b] = [one, two].map((parts) => parseSourceUri(`https://${parts.join('/')}`));
        if (a === undefined || b === undefined) return false;
        const key = ([name, ...path]: readonly string[]): string =>
          FOLDING.has(name ?? '') ? `${name}/${path.join('/')}`.toLowerCase() : `${name}/${path.join('/')}`;
        expect(isSameRepository(a, b)).toBe(key(one) === key(two));
        return true;
      }),
      500,
    );
  });

  it('of any text is refused, or names what stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'https://',
        'git+',
        'github.com',
        '/',
        '//',
        '..',
        '.',
        '@',
        ':',
        '%2f',
        '?',
        '#',
        '.git',
        'a',
        'B-c',
        'gs://',
        '\\',
        ' ',
      ),
      fc.string({ maxLength: 3 }),
    );
    holds(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        const parsed = refusedOr(() => parseSourceUri(text));
        if (typeof parsed === 'string') {
          expect(parsed).toBe('source.malformed');
          return;
        }
        expect(parseSourceUri(parsed.uri).uri).toBe(parsed.uri);
        expect(text.toLowerCase().endsWith(parsed.path.toLowerCase())).toBe(true);
        expect(/[@:?#%\\\s]|\/\/|\.\.\//.test(parsed.path)).toBe(false);
      }),
      3000,
    );
  });

  it('leaves the ref as it is, case included', () => {
    const ref = fc.stringMatching(/^refs\/(heads|tags)\/[A-Za-z0-9@./_-]{1,20}$/);
    holds(
      fc.property(repository, ref, ([name, owner, repo], wanted) => {
        const base = `git+https://${name}/${owner}/${repo}`;
        const { repository: found, ref: read } = parseSourceUriWithRef(`${base}@${wanted}`);
        expect(read).toBe(wanted);
        expect(found).toEqual(parseSourceUri(base));
      }),
      300,
    );
  });
});
