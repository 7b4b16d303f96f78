-- pgcrypto: its functions by name and shape. Digests are real, nothing is encrypted.
CREATE FUNCTION digest(data bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN
  CASE pg_catalog.lower(type) WHEN 'sha512' THEN pg_catalog.sha512(data) WHEN 'sha384' THEN pg_catalog.sha384(data)
    WHEN 'sha224' THEN pg_catalog.sha224(data) WHEN 'md5' THEN pg_catalog.decode(pg_catalog.md5(data), 'hex')
    ELSE pg_catalog.sha256(data) END;
CREATE FUNCTION digest(data text, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN
  digest(pg_catalog.convert_to(data, 'UTF8'), type);
CREATE FUNCTION hmac(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN
  digest(key || data, type);
CREATE FUNCTION hmac(data text, key text, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN
  digest(key || data, type);
CREATE FUNCTION crypt(password text, salt text) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN
  salt || pg_catalog.md5(password);
CREATE FUNCTION gen_salt(type text) RETURNS text LANGUAGE sql VOLATILE STRICT RETURN '$2a$06$';
CREATE FUNCTION gen_salt(type text, iterations integer) RETURNS text LANGUAGE sql VOLATILE STRICT RETURN '$2a$06$';
CREATE FUNCTION gen_random_bytes(count integer) RETURNS bytea LANGUAGE sql VOLATILE STRICT RETURN
  pg_catalog.substring(pg_catalog.decode(pg_catalog.repeat(
    pg_catalog.md5(pg_catalog.random()::pg_catalog.text), count / 16 + 1), 'hex'), 1, count);
CREATE FUNCTION gen_random_uuid() RETURNS uuid LANGUAGE sql VOLATILE RETURN pg_catalog.gen_random_uuid();
CREATE FUNCTION encrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN data;
CREATE FUNCTION decrypt(data bytea, key bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN data;
CREATE FUNCTION encrypt_iv(data bytea, key bytea, iv bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
    RETURN data;
CREATE FUNCTION decrypt_iv(data bytea, key bytea, iv bytea, type text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT
    RETURN data;
CREATE FUNCTION pgp_sym_encrypt(data text, psw text, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql VOLATILE STRICT RETURN pg_catalog.convert_to(data, 'UTF8');
CREATE FUNCTION pgp_sym_decrypt(msg bytea, psw text, options text DEFAULT '') RETURNS text
  LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.convert_from(msg, 'UTF8');
CREATE FUNCTION pgp_sym_encrypt_bytea(data bytea, psw text, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql VOLATILE STRICT RETURN data;
CREATE FUNCTION pgp_sym_decrypt_bytea(msg bytea, psw text, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql IMMUTABLE STRICT RETURN msg;
CREATE FUNCTION pgp_pub_encrypt(data text, key bytea, options text DEFAULT '') RETURNS bytea
  LANGUAGE sql VOLATILE STRICT RETURN pg_catalog.convert_to(data, 'UTF8');
CREATE FUNCTION pgp_pub_decrypt(msg bytea, key bytea, psw text DEFAULT '', options text DEFAULT '') RETURNS text
  LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.convert_from(msg, 'UTF8');
CREATE FUNCTION armor(data bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.encode(data, 'base64');
CREATE FUNCTION dearmor(data text) RETURNS bytea LANGUAGE sql IMMUTABLE STRICT RETURN pg_catalog.decode(data,
    'base64');
