import { stringify } from 'yaml';
import type { IdentityIssuer, IssuerName } from './identity-issuer.ts';

/** What Fulcio writes into a certificate, from which claim of the token: as the public instance does. */
const GITHUB = {
  'default-template-values': { url: 'https://github.com', environment: '' },
  'extension-templates': {
    'github-workflow-trigger': 'event_name',
    'github-workflow-sha': 'sha',
    'github-workflow-name': 'workflow',
    'github-workflow-repository': 'repository',
    'github-workflow-ref': 'ref',
    'build-signer-uri': '{{ .url }}/{{ .job_workflow_ref }}',
    'build-signer-digest': 'job_workflow_sha',
    'runner-environment': 'runner_environment',
    'source-repository-uri': '{{ .url }}/{{ .repository }}',
    'source-repository-digest': 'sha',
    'source-repository-ref': 'ref',
    'source-repository-identifier': 'repository_id',
    'source-repository-owner-uri': '{{ .url }}/{{ .repository_owner }}',
    'source-repository-owner-identifier': 'repository_owner_id',
    'build-config-uri': '{{ .url }}/{{ .workflow_ref }}',
    'build-config-digest': 'workflow_sha',
    'build-trigger': 'event_name',
    'run-invocation-uri':
      '{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}',
    'source-repository-visibility-at-signing': 'repository_visibility',
    'deployment-environment': 'environment',
  },
  'subject-alternative-name-template': '{{ .url }}/{{ .job_workflow_ref }}',
};

const GITLAB = {
  'default-template-values': { url: 'https://gitlab.com', environment: '' },
  'extension-templates': {
    'build-signer-uri': 'https://{{ .ci_config_ref_uri }}',
    'build-signer-digest': 'ci_config_sha',
    'runner-environment': 'runner_environment',
    'source-repository-uri': '{{ .url }}/{{ .project_path }}',
    'source-repository-digest': 'sha',
    'source-repository-ref': 'refs/{{if eq .ref_type "branch"}}heads/{{ else }}tags/{{end}}{{ .ref }}',
    'source-repository-identifier': 'project_id',
    'source-repository-owner-uri': '{{ .url }}/{{ .namespace_path }}',
    'source-repository-owner-identifier': 'namespace_id',
    'build-config-uri': 'https://{{ .ci_config_ref_uri }}',
    'build-config-digest': 'ci_config_sha',
    'build-trigger': 'pipeline_source',
    'run-invocation-uri': '{{ .url }}/{{ .project_path }}/-/jobs/{{ .job_id }}',
    'source-repository-visibility-at-signing': 'project_visibility',
    'deployment-environment': 'environment',
  },
  'subject-alternative-name-template': 'https://{{ .ci_config_ref_uri }}',
};

/** Fulcio's configuration for the issuers of the stack; as JSON it would have other names. */
export function fulcioConfig({ urlOf }: IdentityIssuer): string {
  const ci = (name: IssuerName, provider: string): readonly [string, object] => [
    urlOf(name),
    { 'issuer-url': urlOf(name), 'client-id': 'sigstore', type: 'ci-provider', 'ci-provider': provider },
  ];
  const email = urlOf('email');
  return stringify({
    'oidc-issuers': Object.fromEntries([
      ci('github', 'github-workflow'),
      ci('actions', 'github-workflow'),
      ci('gitlab', 'gitlab-pipeline'),
      ci('gitlab-com', 'gitlab-pipeline'),
      [email, { 'issuer-url': email, 'client-id': 'sigstore', type: 'email' }],
    ]),
    'ci-issuer-metadata': { 'github-workflow': GITHUB, 'gitlab-pipeline': GITLAB },
  });
}
