import { refuse } from '../../../errors.ts';

const LINK =
  /[ \t]*<([^<>"\s]*)>((?:[ \t]*;[ \t]*[A-Za-z0-9!#$&+.^_`|~-]+(?:[ \t]*=[ \t]*(?:"[^"\\]*"|[^"\s,;]+))?)*)[ \t]*(?:,|$)/y;
const PARAM = /;[ \t]*([A-Za-z0-9!#$&+.^_`|~-]+)[ \t]*=[ \t]*(?:"([^"\\]*)"|([^"\s,;]+))/g;
const MAX_LENGTH = 8 * 1024;

/**
 * Address of the next page, as the header `Link` says it (RFC 8288); undefined when there is none. It must lie at the
 * registry itself, below the same repository: whoever writes the answer does not choose whom we ask.
 *
 * @throws SlsaGateError `registry.malformed-response`, `source.host-refused`
 */
export function nextPage(
  header: string | undefined,
  page: URL,
  isOwn: (next: URL) => boolean,
): URL | undefined {
  if (header === undefined) return undefined;
  const [target, second] = header.length > MAX_LENGTH ? unreadable() : targetsOf(header);
  if (second !== undefined) return unreadable();
  if (target === undefined) return undefined;
  const next = URL.parse(target, page.href) ?? unreadable();
  if (!isOwn(next)) {
    refuse('source.host-refused', 'the next page of a list lies elsewhere than the list', {
      expected: page.origin,
      actual: next.origin === page.origin ? next.pathname.slice(0, 200) : next.origin.slice(0, 200),
    });
  }
  next.hash = '';
  return next;
}

function targetsOf(header: string): readonly string[] {
  const targets: string[] = [];
  LINK.lastIndex = 0;
  for (let at = 0; at < header.length; at = LINK.lastIndex) {
    const match = LINK.exec(header);
    if (match === null) return unreadable();
    const [, target = '', params = ''] = match;
    for (const [, name = '', quoted, plain] of params.matchAll(PARAM)) {
      const relations = (quoted ?? plain ?? '').toLowerCase().split(' ');
      if (name.toLowerCase() === 'rel' && relations.includes('next')) targets.push(target);
    }
  }
  return targets;
}

const unreadable = (): never =>
  refuse('registry.malformed-response', 'an answer names its next page unreadably');
