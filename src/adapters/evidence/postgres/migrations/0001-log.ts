/**
 * Everything only grows: writers need no right to update or delete. Hashes of tiles are rows, those of the lowest level a
 * column of their record, so that a tile that grows is inserted and not updated. `dropPayloads` alone takes something away.
 *
 * Runs with the store's schema as `search_path`.
 */
export const LOG = `
CREATE TABLE records (
  seq bigint PRIMARY KEY CHECK (seq >= 0),
  record_id text NOT NULL UNIQUE,
  type text NOT NULL,
  leaf text NOT NULL,
  leaf_hash bytea NOT NULL,
  record_digest text,
  vsa_digest text,
  request_key text,
  decision_digest text,
  artifact_digest text,
  environment text,
  verdict text,
  codes jsonb NOT NULL,
  append_time text NOT NULL
);
CREATE UNIQUE INDEX records_of_request ON records (request_key, decision_digest) WHERE request_key IS NOT NULL;
CREATE INDEX records_of_artifact ON records (artifact_digest, seq) WHERE artifact_digest IS NOT NULL;

CREATE TABLE payloads (
  digest text COLLATE "C" PRIMARY KEY,
  bytes bytea NOT NULL
);

CREATE TABLE hashes (
  level integer NOT NULL CHECK (level > 0),
  position bigint NOT NULL CHECK (position >= 0),
  hash bytea NOT NULL,
  PRIMARY KEY (level, position)
);

CREATE TABLE checkpoints (
  size bigint PRIMARY KEY CHECK (size > 0),
  note text NOT NULL
);

CREATE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only grow', TG_TABLE_NAME;
END
$$;

CREATE FUNCTION only_when_pruning() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('slsa_gate.may_drop', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION '% only grow', TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END
$$;

CREATE TRIGGER records_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON records
  FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
CREATE TRIGGER hashes_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON hashes
  FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
CREATE TRIGGER checkpoints_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
CREATE TRIGGER payloads_only_grow BEFORE UPDATE OR TRUNCATE ON payloads
  FOR EACH STATEMENT EXECUTE FUNCTION only_grows();
CREATE TRIGGER payloads_only_pruned BEFORE DELETE ON payloads
  FOR EACH ROW EXECUTE FUNCTION only_when_pruning();
`;

/** Triggers that it makes. */
export const LOG_TRIGGERS: readonly string[] = [
  'checkpoints_only_grow',
  'hashes_only_grow',
  'payloads_only_grow',
  'payloads_only_pruned',
  'records_only_grow',
];
