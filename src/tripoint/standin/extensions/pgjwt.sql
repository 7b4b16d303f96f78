-- pgjwt: nothing is signed.
CREATE FUNCTION sign(payload json, secret text, algorithm text DEFAULT 'HS256') RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 'unsigned'::text;
CREATE FUNCTION verify(token text, secret text, algorithm text DEFAULT 'HS256')
  RETURNS TABLE (header json, payload json, valid boolean) LANGUAGE sql IMMUTABLE BEGIN ATOMIC
  SELECT NULL::json, NULL::json, false; END;
CREATE FUNCTION url_encode(data bytea) RETURNS text LANGUAGE sql IMMUTABLE RETURN pg_catalog.encode(data, 'base64');
CREATE FUNCTION url_decode(data text) RETURNS bytea LANGUAGE sql IMMUTABLE RETURN pg_catalog.decode(data, 'base64');
CREATE FUNCTION algorithm_sign(signables text, secret text, algorithm text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN 'unsigned'::text;
