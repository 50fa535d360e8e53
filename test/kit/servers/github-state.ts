import { createHash } from 'node:crypto';

export interface GithubAttestation {
  readonly id: number;
  readonly repositoryId: number;
  readonly digest: string;
  /** The bundle as text; what lies at its address is made of it unless a test says otherwise. */
  readonly text: string;
  /** `both` and `inline` name the bundle in the list too; `neither` names nothing. */
  readonly named: 'address' | 'inline' | 'both' | 'neither';
  /** Instead of the address at the blob store. */
  readonly address?: string | undefined;
  readonly blob?: Partial<GithubBlob> | undefined;
}

export interface GithubBlob {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface GithubAsset {
  readonly id: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly state: 'uploaded' | 'open';
  /** What the API says; null as for files of old releases. */
  readonly digest: string | null;
  readonly size: number;
  /** Whether the API streams it instead of redirecting. */
  readonly streamed: boolean;
  /** Instead of the address at the blob store. */
  readonly location?: string | undefined;
}

export interface GithubRelease {
  readonly id: number;
  readonly tag: string;
  readonly assets: GithubAsset[];
}

export interface GithubRepository {
  readonly id: number;
  readonly owner: string;
  name: string;
  readonly isPrivate: boolean;
  readonly ownerType: 'Organization' | 'User';
  readonly releases: GithubRelease[];
}

/** Who may read which private repositories, by `owner/name`. */
export interface GithubToken {
  readonly value: string;
  readonly repositories: readonly string[];
}

/** Everything that the stand-in knows. Names are compared as GitHub does, without regard to case. */
export class GithubState {
  readonly repositories: GithubRepository[] = [];
  readonly attestations: GithubAttestation[] = [];
  readonly tokens: GithubToken[] = [];
  /** Names that a repository had before, and who it is now. */
  readonly renamed = new Map<string, number>();
  #nextId = 1000;

  nextId(): number {
    return this.#nextId++;
  }

  repository(
    place: string,
    options: Partial<Pick<GithubRepository, 'id' | 'isPrivate' | 'ownerType'>> = {},
  ): GithubRepository {
    const [owner = '', name = ''] = place.split('/');
    const made: GithubRepository = {
      id: options.id ?? this.nextId(),
      owner,
      name,
      isPrivate: options.isPrivate ?? false,
      ownerType: options.ownerType ?? 'Organization',
      releases: [],
    };
    this.repositories.push(made);
    return made;
  }

  rename(repository: GithubRepository, name: string): void {
    this.renamed.set(`${repository.owner}/${repository.name}`.toLowerCase(), repository.id);
    repository.name = name;
  }

  attest(
    repository: GithubRepository,
    digest: string,
    text: string,
    options: Partial<Pick<GithubAttestation, 'named' | 'address' | 'blob'>> = {},
  ): GithubAttestation {
    const made: GithubAttestation = {
      id: this.nextId(),
      repositoryId: repository.id,
      digest,
      text,
      named: 'address',
      ...options,
    };
    this.attestations.push(made);
    return made;
  }

  release(repository: GithubRepository, tag: string): GithubRelease {
    const made = { id: this.nextId(), tag, assets: [] };
    repository.releases.push(made);
    return made;
  }

  asset(
    release: GithubRelease,
    name: string,
    bytes: Uint8Array,
    options: Partial<Omit<GithubAsset, 'id' | 'name' | 'bytes'>> = {},
  ): GithubAsset {
    const made: GithubAsset = {
      id: this.nextId(),
      name,
      bytes,
      state: 'uploaded',
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.length,
      streamed: false,
      ...options,
    };
    release.assets.push(made);
    return made;
  }

  find(owner: string, name: string): GithubRepository | undefined {
    const wanted = `${owner}/${name}`.toLowerCase();
    return this.repositories.find((one) => `${one.owner}/${one.name}`.toLowerCase() === wanted);
  }

  ofOwner(owner: string): readonly GithubRepository[] {
    return this.repositories.filter((one) => one.owner.toLowerCase() === owner.toLowerCase());
  }

  mayRead(repository: GithubRepository, token: GithubToken | undefined): boolean {
    const name = `${repository.owner}/${repository.name}`;
    return !repository.isPrivate || token?.repositories.includes(name) === true;
  }
}
