-- A stand-in for what the platform gives a database: roles, schemas, tables, functions and grants by name and shape.
-- No request is sent, no job runs, no secret is encrypted. The superuser runs it once, before anything of a project.
SET client_min_messages = warning;

DO $$
DECLARE r text;
BEGIN
  FOREACH r IN ARRAY ARRAY['anon', 'authenticated', 'service_role', 'supabase_admin', 'authenticator', 'dashboard_user',
    'supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin', 'supabase_functions_admin',
    'supabase_replication_admin', 'supabase_read_only_user', 'supabase_etl_admin', 'pgbouncer'] LOOP
    EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN NOINHERIT', r);
    -- The platform's own login may grant its roles and set their options.
    EXECUTE pg_catalog.format('GRANT %I TO postgres WITH ADMIN OPTION', r);
  END LOOP;
END $$;
ALTER ROLE service_role BYPASSRLS;
GRANT anon, authenticated, service_role TO authenticator;
GRANT SET ON PARAMETER session_replication_role TO postgres;
-- The API's own configuration, which is set as options of its role.
GRANT SET ON PARAMETER pgrst.db_aggregates_enabled, pgrst.db_channel, pgrst.db_extra_search_path, pgrst.db_max_rows,
  pgrst.db_plan_enabled, pgrst.db_pre_request, pgrst.db_schemas, pgrst.db_tx_end, pgrst.jwt_aud, pgrst.jwt_secret,
  pgrst.openapi_mode, pgrst.openapi_server_proxy_uri, pgrst.server_timing_enabled TO postgres;
GRANT pg_monitor, pg_read_all_data, pg_signal_backend TO postgres;

CREATE SCHEMA extensions AUTHORIZATION postgres;
CREATE SCHEMA auth AUTHORIZATION postgres;
CREATE SCHEMA storage AUTHORIZATION postgres;
CREATE SCHEMA realtime AUTHORIZATION postgres;
CREATE SCHEMA _realtime AUTHORIZATION postgres;
CREATE SCHEMA vault AUTHORIZATION postgres;
CREATE SCHEMA graphql AUTHORIZATION postgres;
CREATE SCHEMA graphql_public AUTHORIZATION postgres;
CREATE SCHEMA pgbouncer AUTHORIZATION postgres;
CREATE SCHEMA supabase_functions AUTHORIZATION postgres;
CREATE SCHEMA supabase_migrations AUTHORIZATION postgres;
ALTER DATABASE postgres SET search_path = "$user", public, extensions;
ALTER ROLE postgres SET search_path = "$user", public, extensions;
GRANT USAGE ON SCHEMA public, extensions, auth, storage, realtime, graphql_public TO anon, authenticated, service_role;

-- Everything below belongs to the role that migrations run as, so that they may add policies, triggers and rows to it.
SET ROLE postgres;
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION pgcrypto SCHEMA extensions;
CREATE EXTENSION pg_stat_statements SCHEMA extensions;
CREATE EXTENSION pg_net SCHEMA extensions;
CREATE EXTENSION pg_graphql SCHEMA graphql;
CREATE EXTENSION supabase_vault SCHEMA vault;
CREATE PUBLICATION supabase_realtime;
CREATE TABLE supabase_migrations.schema_migrations (version text PRIMARY KEY, statements text[], name text);

CREATE TYPE auth.factor_type AS ENUM ('totp','webauthn','phone');
CREATE TYPE auth.factor_status AS ENUM ('unverified','verified');
CREATE TYPE auth.aal_level AS ENUM ('aal1','aal2','aal3');
CREATE TYPE auth.code_challenge_method AS ENUM ('s256','plain');
CREATE TYPE auth.one_time_token_type AS ENUM ('confirmation_token','reauthentication_token','recovery_token','email_change_token_new','email_change_token_current','phone_change_token');
CREATE TABLE auth.users (
  instance_id uuid, id uuid NOT NULL PRIMARY KEY, aud varchar(255), role varchar(255), email varchar(255),
  encrypted_password varchar(255), email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token
    varchar(255),
  confirmation_sent_at timestamptz, recovery_token varchar(255), recovery_sent_at timestamptz,
  email_change_token_new varchar(255), email_change varchar(255), email_change_sent_at timestamptz, last_sign_in_at
    timestamptz,
  raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz,
    updated_at timestamptz,
  phone text DEFAULT NULL UNIQUE, phone_confirmed_at timestamptz, phone_change text DEFAULT '', phone_change_token
    varchar(255) DEFAULT '',
  phone_change_sent_at timestamptz, confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at,
    phone_confirmed_at)) STORED,
  email_change_token_current varchar(255) DEFAULT '', email_change_confirm_status smallint DEFAULT 0,
    banned_until timestamptz,
  reauthentication_token varchar(255) DEFAULT '', reauthentication_sent_at timestamptz, is_sso_user boolean
    NOT NULL DEFAULT false,
  deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false);
CREATE UNIQUE INDEX users_email_partial_key ON auth.users (email) WHERE is_sso_user = false;
CREATE INDEX users_instance_id_idx ON auth.users (instance_id);
CREATE TABLE auth.identities (
  provider_id text NOT NULL, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, identity_data
    jsonb NOT NULL, provider text NOT NULL,
  last_sign_in_at timestamptz, created_at timestamptz, updated_at timestamptz,
  email text GENERATED ALWAYS AS (lower(identity_data->>'email')) STORED, id uuid NOT NULL DEFAULT gen_random_uuid()
    PRIMARY KEY,
  UNIQUE (provider_id, provider));
CREATE TABLE auth.sessions (
  id uuid NOT NULL PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, created_at
    timestamptz, updated_at timestamptz,
  factor_id uuid, aal auth.aal_level, not_after timestamptz, refreshed_at timestamp, user_agent text, ip inet, tag text,
  oauth_client_id uuid, refresh_token_hmac_key text, refresh_token_counter bigint, scopes text);
CREATE TABLE auth.refresh_tokens (
  instance_id uuid, id bigserial PRIMARY KEY, token varchar(255) UNIQUE, user_id varchar(255), revoked boolean,
  created_at timestamptz, updated_at timestamptz, parent varchar(255), session_id uuid REFERENCES auth.sessions
    ON DELETE CASCADE);
CREATE TABLE auth.mfa_factors (
  id uuid NOT NULL PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE, friendly_name
    text, factor_type auth.factor_type NOT NULL,
  status auth.factor_status NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
    secret text, phone text,
  last_challenged_at timestamptz, web_authn_credential jsonb, web_authn_aaguid uuid, last_webauthn_challenge_data
    jsonb);
CREATE TABLE auth.mfa_challenges (
  id uuid NOT NULL PRIMARY KEY, factor_id uuid NOT NULL REFERENCES auth.mfa_factors ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
  verified_at timestamptz, ip_address inet NOT NULL, otp_code text, web_authn_session_data jsonb);
CREATE TABLE auth.mfa_amr_claims (
  session_id uuid NOT NULL REFERENCES auth.sessions ON DELETE CASCADE, created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
  authentication_method text NOT NULL, id uuid NOT NULL PRIMARY KEY, UNIQUE (session_id, authentication_method));
CREATE TABLE auth.audit_log_entries (instance_id uuid, id uuid NOT NULL PRIMARY KEY, payload json, created_at
    timestamptz, ip_address varchar(64) NOT NULL DEFAULT '');
CREATE TABLE auth.instances (id uuid NOT NULL PRIMARY KEY, uuid uuid, raw_base_config text, created_at
    timestamptz, updated_at timestamptz);
CREATE TABLE auth.schema_migrations (version varchar(255) NOT NULL PRIMARY KEY);
CREATE TABLE auth.sso_providers (id uuid NOT NULL PRIMARY KEY, resource_id text, created_at timestamptz,
    updated_at timestamptz, disabled boolean);
CREATE TABLE auth.sso_domains (id uuid NOT NULL PRIMARY KEY, sso_provider_id uuid NOT NULL REFERENCES
    auth.sso_providers ON DELETE CASCADE, domain text NOT NULL, created_at timestamptz, updated_at timestamptz);
CREATE TABLE auth.saml_providers (id uuid NOT NULL PRIMARY KEY, sso_provider_id uuid NOT NULL REFERENCES
    auth.sso_providers ON DELETE CASCADE, entity_id text NOT NULL UNIQUE, metadata_xml text NOT NULL,
    metadata_url text, attribute_mapping jsonb, created_at timestamptz, updated_at timestamptz, name_id_format
    text);
CREATE TABLE auth.flow_state (id uuid NOT NULL PRIMARY KEY, user_id uuid, auth_code text, code_challenge_method
    auth.code_challenge_method, code_challenge text, provider_type text, provider_access_token text,
    provider_refresh_token text, created_at timestamptz, updated_at timestamptz, authentication_method
    text, auth_code_issued_at timestamptz);
CREATE TABLE auth.saml_relay_states (id uuid NOT NULL PRIMARY KEY, sso_provider_id uuid NOT NULL REFERENCES
    auth.sso_providers ON DELETE CASCADE, request_id text NOT NULL, for_email text, redirect_to text,
    created_at timestamptz, updated_at timestamptz, flow_state_id uuid REFERENCES auth.flow_state ON
    DELETE CASCADE);
CREATE TABLE auth.one_time_tokens (id uuid NOT NULL PRIMARY KEY, user_id uuid NOT NULL REFERENCES auth.users
    ON DELETE CASCADE, token_type auth.one_time_token_type NOT NULL, token_hash text NOT NULL, relates_to
    text NOT NULL, created_at timestamp NOT NULL DEFAULT now(), updated_at timestamp NOT NULL DEFAULT
    now());
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE AS
 $$ SELECT coalesce(nullif(current_setting('request.jwt.claim', true), ''), nullif(current_setting('request.jwt.claims',
    true), ''))::jsonb $$;
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS
 $$ SELECT coalesce(nullif(current_setting('request.jwt.claim.sub', true), ''), (nullif(current_setting('request.jwt.claims',
    true), '')::jsonb ->> 'sub'))::uuid $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE AS
 $$ SELECT coalesce(nullif(current_setting('request.jwt.claim.role', true), ''), (nullif(current_setting('request.jwt.claims',
    true), '')::jsonb ->> 'role'))::text $$;
CREATE FUNCTION auth.email() RETURNS text LANGUAGE sql STABLE AS
 $$ SELECT coalesce(nullif(current_setting('request.jwt.claim.email', true), ''), (nullif(current_setting('request.jwt.claims',
    true), '')::jsonb ->> 'email'))::text $$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA auth TO PUBLIC;
DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname='auth' LOOP EXECUTE
    format('ALTER TABLE auth.%I ENABLE ROW LEVEL SECURITY', t); END LOOP; END $$;
CREATE TYPE storage.buckettype AS ENUM ('STANDARD','ANALYTICS','VECTOR');
CREATE TABLE storage.buckets (
  id text NOT NULL PRIMARY KEY, name text NOT NULL UNIQUE, owner uuid, created_at timestamptz DEFAULT
    now(), updated_at timestamptz DEFAULT now(),
  public boolean DEFAULT false, avif_autodetection boolean DEFAULT false, file_size_limit bigint, allowed_mime_types
    text[], owner_id text,
  type storage.buckettype NOT NULL DEFAULT 'STANDARD');
CREATE TABLE storage.objects (
  id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY, bucket_id text REFERENCES storage.buckets,
    name text, owner uuid,
  created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now(), last_accessed_at timestamptz
    DEFAULT now(), metadata jsonb,
  path_tokens text[] GENERATED ALWAYS AS (string_to_array(name, '/')) STORED, version text, owner_id
    text, user_metadata jsonb, level integer);
CREATE UNIQUE INDEX bucketid_objname ON storage.objects (bucket_id, name);
CREATE INDEX name_prefix_search ON storage.objects (name text_pattern_ops);
CREATE TABLE storage.prefixes (bucket_id text NOT NULL REFERENCES storage.buckets, name text NOT NULL,
    level integer NOT NULL DEFAULT 1, created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT
    now(), PRIMARY KEY (bucket_id, level, name));
CREATE TABLE storage.migrations (id integer PRIMARY KEY, name varchar(100) NOT NULL UNIQUE, hash varchar(40)
    NOT NULL, executed_at timestamp DEFAULT current_timestamp);
CREATE TABLE storage.s3_multipart_uploads (id text PRIMARY KEY, in_progress_size bigint NOT NULL DEFAULT
    0, upload_signature text NOT NULL, bucket_id text NOT NULL REFERENCES storage.buckets, key text NOT
    NULL, version text NOT NULL, owner_id text, created_at timestamptz NOT NULL DEFAULT now(), user_metadata
    jsonb);
CREATE TABLE storage.s3_multipart_uploads_parts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), upload_id
    text NOT NULL REFERENCES storage.s3_multipart_uploads ON DELETE CASCADE, size bigint NOT NULL DEFAULT
    0, part_number integer NOT NULL, bucket_id text NOT NULL, key text NOT NULL, etag text NOT NULL,
    owner_id text, version text NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
ALTER TABLE storage.buckets ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.objects ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.migrations ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.prefixes ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.s3_multipart_uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE storage.s3_multipart_uploads_parts ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION storage.foldername(name text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$ SELECT (string_to_array(name,'/'))[1:array_length(string_to_array(name,'/'),1)-1]
    $$;
CREATE FUNCTION storage.filename(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT (string_to_array(name,'/'))[array_length(string_to_array(name,'/'),1)]
    $$;
CREATE FUNCTION storage.extension(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT reverse(split_part(reverse(storage.filename(name)),'.',1))
    $$;
CREATE FUNCTION storage.operation() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('storage.operation',
    true) $$;
CREATE FUNCTION storage.allow_only_operation(expected_operation text) RETURNS boolean LANGUAGE sql STABLE
    AS $$ SELECT storage.operation() = expected_operation $$;
CREATE FUNCTION storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) RETURNS
    void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION storage.get_size_by_bucket() RETURNS TABLE(size bigint, bucket_id text) LANGUAGE sql
    AS $$ SELECT 0::bigint, id FROM storage.buckets $$;
CREATE FUNCTION storage.search(prefix text, bucketname text, limits int DEFAULT 100, levels int DEFAULT
    1, offsets int DEFAULT 0, search text DEFAULT '', sortcolumn text DEFAULT 'name', sortorder text
    DEFAULT 'asc')
  RETURNS TABLE(name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at
    timestamptz, metadata jsonb) LANGUAGE sql AS
  $$ SELECT name, id, updated_at, created_at, last_accessed_at, metadata FROM storage.objects WHERE bucket_id
    = bucketname LIMIT limits $$;
-- triggers that `supabase db dump/pull/diff` writes into app migrations: only the functions are needed
DO $$ DECLARE f text; BEGIN
 FOREACH f IN ARRAY ARRAY['update_updated_at_column','enforce_bucket_name_length','delete_prefix_hierarchy_trigger','objects_insert_prefix_trigger',
   'objects_update_prefix_trigger','prefixes_insert_trigger','protect_delete','objects_delete_cleanup','objects_update_cleanup','prefixes_delete_cleanup',
   'objects_update_level_trigger','delete_leaf_prefixes_trigger'] LOOP
   EXECUTE format('CREATE FUNCTION storage.%I() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN RETURN coalesce(NEW,OLD); END $f$',
    f); END LOOP; END $$;
CREATE TRIGGER update_objects_updated_at BEFORE UPDATE ON storage.objects FOR EACH ROW EXECUTE FUNCTION
    storage.update_updated_at_column();
GRANT ALL ON ALL TABLES IN SCHEMA storage TO anon, authenticated, service_role;
CREATE TABLE realtime.messages (
  topic text NOT NULL, extension text NOT NULL, payload jsonb, event text, private boolean DEFAULT false,
  updated_at timestamp NOT NULL DEFAULT now(), inserted_at timestamp NOT NULL DEFAULT now(), id uuid
    NOT NULL DEFAULT gen_random_uuid(),
  PRIMARY KEY (id, inserted_at)) PARTITION BY RANGE (inserted_at);
ALTER TABLE realtime.messages ENABLE ROW LEVEL SECURITY;
CREATE TABLE realtime.subscription (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subscription_id
    uuid NOT NULL, entity regclass NOT NULL, filters text[] NOT NULL DEFAULT '{}', claims jsonb NOT NULL,
    created_at timestamp NOT NULL DEFAULT timezone('utc', now()));
CREATE TABLE realtime.schema_migrations (version bigint PRIMARY KEY, inserted_at timestamp(0));
CREATE FUNCTION realtime.topic() RETURNS text LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('realtime.topic',
    true), '')::text $$;
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true) RETURNS
    void LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE FUNCTION realtime.broadcast_changes(topic_name text, event_name text, operation text, table_name
    text, table_schema text, new record, old record, level text DEFAULT 'ROW') RETURNS void LANGUAGE
    plpgsql AS $$ BEGIN NULL; END $$;
GRANT SELECT, INSERT ON realtime.messages TO anon, authenticated, service_role;

CREATE FUNCTION graphql_public.graphql("operationName" text DEFAULT NULL, query text DEFAULT NULL,
  variables jsonb DEFAULT NULL, extensions jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql AS $$ SELECT '{}'::jsonb $$;
CREATE FUNCTION supabase_functions.http_request() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RETURN coalesce(NEW, OLD); END $$;
CREATE TABLE supabase_functions.hooks (
  id bigserial PRIMARY KEY, hook_table_id integer NOT NULL, hook_name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(), request_id bigint);
CREATE TABLE supabase_functions.migrations (version text PRIMARY KEY, inserted_at timestamptz NOT NULL DEFAULT now());
GRANT USAGE ON SCHEMA supabase_functions TO anon, authenticated, service_role;
RESET ROLE;
RESET client_min_messages;
