-- pgsodium: nothing is encrypted.
CREATE TABLE pgsodium.key (
  id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), status text, created timestamptz DEFAULT
    CURRENT_TIMESTAMP,
  expires timestamptz, key_type text, key_id bigserial, key_context bytea, name text UNIQUE);
CREATE FUNCTION pgsodium.create_key(key_type text DEFAULT 'aead-det', name text DEFAULT NULL) RETURNS pgsodium.key
  LANGUAGE sql BEGIN ATOMIC INSERT INTO pgsodium.key (key_type, name) VALUES ($1, $2) RETURNING *; END;
CREATE FUNCTION pgsodium.crypto_aead_det_encrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea
    DEFAULT NULL)
  RETURNS bytea LANGUAGE sql IMMUTABLE RETURN message;
CREATE FUNCTION pgsodium.crypto_aead_det_decrypt(message bytea, additional bytea, key_uuid uuid, nonce bytea
    DEFAULT NULL)
  RETURNS bytea LANGUAGE sql IMMUTABLE RETURN message;
CREATE FUNCTION pgsodium.crypto_aead_det_noncegen() RETURNS bytea LANGUAGE sql RETURN '\x00'::bytea;
CREATE FUNCTION pgsodium.randombytes_buf(size integer) RETURNS bytea LANGUAGE sql RETURN '\x00'::bytea;
GRANT ALL ON ALL TABLES IN SCHEMA pgsodium TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL SEQUENCES IN SCHEMA pgsodium TO postgres WITH GRANT OPTION;
GRANT ALL ON ALL FUNCTIONS IN SCHEMA pgsodium TO postgres WITH GRANT OPTION;
