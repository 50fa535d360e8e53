import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const PROPOSAL = /^refs\/(?:pull|merge-requests)\//;

/** The build was made from the expected repository, and not from a proposed change to it. */
export const sourceUri: Rule<Interpreted> = {
  id: 'source-uri',
  spec: 'SLSA provenance v1, resolvedDependencies; Fulcio OID 1.3.6.1.4.1.57264.1.12',
  expected({ source, sourceOwner }) {
    const owned = sourceOwner === undefined ? undefined : `a repository of ${sourceOwner}`;
    return [source?.uri, owned].filter((part) => part !== undefined).join(', ') || undefined;
  },
  check({ facts }, { source, sourceOwner }) {
    const actual = facts?.sourceUri;
    if (actual === undefined) {
      return fails('cert.claim-missing', 'nothing proven names the source repository', undefined);
    }
    if (source !== undefined && actual !== source.uri) {
      return fails('source.mismatch', 'built from another repository', actual);
    }
    if (sourceOwner !== undefined && actual.slice(0, actual.lastIndexOf('/')) !== sourceOwner) {
      return fails('source.mismatch', 'built from a repository of somebody else', actual);
    }
    const ref = facts?.sourceRef;
    if (ref !== undefined && PROPOSAL.test(ref)) {
      return fails('source.fork', 'built from a pull request, which anybody may propose', `${actual}@${ref}`);
    }
    return holds(actual);
  },
};
