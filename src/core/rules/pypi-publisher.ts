import { factsOfCertificate } from '../interpret/certificate-facts.ts';
import { parseBuilderId } from '../model/builder-id.ts';
import { fails, holds, type Interpreted, type Rule } from './rule.ts';

const WORKFLOWS = '/.github/workflows/';

/** The trusted publisher is the expected repository and workflow file: what the certificate proves, not what PyPI says. */
export const pypiPublisher: Rule<Interpreted> = {
  id: 'pypi-publisher',
  spec: 'PEP 740; PyPI trusted publishers',
  expected({ pypiPublisher: publisher }) {
    if (publisher === undefined) return undefined;
    const { repository, workflow } = publisher;
    return [repository?.uri, workflow].filter((part) => part !== undefined).join(', workflow ');
  },
  check({ verified }, { pypiPublisher: expected }) {
    const { signer } = verified;
    if (signer.kind !== 'certificate')
      return fails('cert.required', 'signed with a bare key, which proves no publisher', undefined);
    const uri = factsOfCertificate(signer).sourceUri;
    if (expected?.repository !== undefined) {
      if (uri === undefined)
        return fails('cert.claim-missing', 'the certificate names no repository', undefined);
      if (uri !== expected.repository.uri) {
        return fails('pypi.publisher', 'another repository published it', uri);
      }
    }
    if (expected?.workflow === undefined) return holds(uri ?? signer.subject.value);
    const workflow = parseBuilderId(signer.claims.buildConfigUri ?? signer.subject.value)?.uri;
    const file = workflow?.slice(workflow.lastIndexOf(WORKFLOWS) + WORKFLOWS.length);
    return workflow?.includes(WORKFLOWS) === true && file === expected.workflow
      ? holds(workflow)
      : fails('pypi.publisher', 'another workflow published it', workflow);
  },
};
