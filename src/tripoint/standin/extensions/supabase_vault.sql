-- supabase_vault: secrets are kept as they are. Its schema is given with the extension.
CREATE TABLE secrets (
  id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), name text, description text NOT NULL DEFAULT '',
  secret text NOT NULL, key_id uuid, nonce bytea, created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
  updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE UNIQUE INDEX secrets_name_idx ON secrets (name) WHERE name IS NOT NULL;
CREATE VIEW decrypted_secrets AS
  SELECT id, name, description, secret, secret AS decrypted_secret, key_id, nonce, created_at, updated_at FROM
    secrets;
CREATE FUNCTION create_secret(new_secret text, new_name text DEFAULT NULL, new_description text DEFAULT '',
  new_key_id uuid DEFAULT NULL) RETURNS uuid LANGUAGE sql BEGIN ATOMIC
  INSERT INTO secrets (secret, name, description, key_id)
  VALUES (new_secret, new_name, new_description, new_key_id) RETURNING id; END;
CREATE FUNCTION update_secret(secret_id uuid, new_secret text DEFAULT NULL, new_name text DEFAULT NULL,
  new_description text DEFAULT NULL, new_key_id uuid DEFAULT NULL) RETURNS void LANGUAGE sql BEGIN ATOMIC
  UPDATE secrets SET secret = coalesce(new_secret, secret), name = coalesce(new_name, name),
    description = coalesce(new_description, description) WHERE id = secret_id; END;
GRANT ALL ON secrets, decrypted_secrets TO postgres WITH GRANT OPTION;
GRANT EXECUTE ON FUNCTION create_secret, update_secret TO postgres WITH GRANT OPTION;
