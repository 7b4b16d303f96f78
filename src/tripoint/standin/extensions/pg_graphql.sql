-- pg_graphql: every answer is empty.
CREATE FUNCTION resolve(query text, variables jsonb DEFAULT '{}', "operationName" text DEFAULT NULL,
  extensions jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql RETURN '{}'::jsonb;
CREATE FUNCTION get_schema_version() RETURNS integer LANGUAGE sql RETURN 1;
CREATE FUNCTION increment_schema_version() RETURNS void LANGUAGE sql BEGIN ATOMIC SELECT; END;
