import { SHIPPED_ROOTS } from '../../core/model/trusted-root-names.ts';

/** A Sigstore instance whose trust root is refreshed through TUF. */
export interface Instance {
  readonly name: InstanceName;
  /** Where its TUF repository is published. */
  readonly mirror: string;
}

export const INSTANCE_NAMES = SHIPPED_ROOTS;
export type InstanceName = (typeof SHIPPED_ROOTS)[number];

/** The target that holds the trust root, in all of them. */
export const TRUSTED_ROOT_TARGET = 'trusted_root.json';

export const INSTANCES: Readonly<Record<InstanceName, Instance>> = {
  'public-good': { name: 'public-good', mirror: 'https://tuf-repo-cdn.sigstore.dev/' },
  staging: { name: 'staging', mirror: 'https://tuf-repo-cdn.sigstage.dev/' },
  github: { name: 'github', mirror: 'https://tuf-repo.github.com/' },
};

export const isInstanceName = (name: string): name is InstanceName => Object.hasOwn(INSTANCES, name);
