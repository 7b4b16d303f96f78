-- dblink: nothing is connected to.
CREATE FUNCTION dblink_connect(text) RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink_connect(text, text) RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink_disconnect() RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink_disconnect(text) RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink_exec(text) RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink_exec(text, text) RETURNS text LANGUAGE sql RETURN 'OK'::text;
CREATE FUNCTION dblink(text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN RETURN; END';
CREATE FUNCTION dblink(text, text) RETURNS SETOF record LANGUAGE plpgsql AS 'BEGIN RETURN; END';
